// Python workers that print garbage, answer nonsense or die, and a broker without descriptors: each is the machine's fault, told with its code.
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lane } from "../../domain/ports.ts";
import { HarnessError } from "../../domain/problem.ts";
import { brokerLanes, type ZygoteCommand } from "../../io/lanes.ts";
import { isLoss } from "../../pipeline/lanes.ts";
import { kernelNamed } from "../lane.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const BROKER = at(".openxpu/broker/openxpu-broker");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "openxpu-zygote-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function broken(...how: readonly string[]): ZygoteCommand {
  const argv = [at(".openxpu/venv/bin/python"), "-I", at("harness/testing/broken/zygote.py"), ...how];
  return { argv, environment: {}, folder: "/", binds: [] };
}

/** Opens a kernel on a lane whose Python zygote is broken; gives the fault. */
async function fault(zygote: ZygoteCommand, broker = BROKER): Promise<HarnessError> {
  let lane: Lane | undefined;
  try {
    lane = await brokerLanes({ broker, zygotes: { native: zygote, python: zygote } }, {}).start();
    await lane.open(kernelNamed("any", { zygote: "python" }), { inputs: [], outputs: [], attributes: [] }, "right");
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  } finally {
    await lane?.close();
  }
  throw new Error("a fault expected");
}

describe("a Python worker", () => {
  it.each([
    ["dies", "ZYGOTE_FAILED", "ended with wait status"],
    ["garbage", "ZYGOTE_FAILED", "did not start"],
    ["gone", "BROKER_REFUSED", "zygote"],
    ["nonsense", "BROKER_REFUSED", "zygote"],
  ])("that is broken (%s) is a fault of the machine, and a new lane may do", async (how, code, said) => {
    const found = await fault(broken(how));
    expect([found.code, found.message]).toEqual([code, expect.stringContaining(said)]);
    expect(isLoss(found)).toBe(true);
  });

  it("that names somebody else's process for its child harms nobody", async () => {
    const bystander = spawn("sleep", ["60"]);
    const found = await fault(broken("stranger", String(bystander.pid)));
    expect(found.message).toContain("did not fork");
    expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
    bystander.kill();
  });
});

describe("a broker", () => {
  it.each([
    ["without descriptors", "ulimit -n 6"],
    ["without room for shared memory", "ulimit -f 1"],
  ])("%s is a fault of the machine", async (_, limit) => {
    const program = join(folder, `broker-${limit.replaceAll(" ", "")}`);
    writeFileSync(program, `#!/bin/sh\n${limit}\nexec ${BROKER}\n`);
    chmodSync(program, 0o755);
    expect(isLoss(await fault(broken("nonsense"), program))).toBe(true);
  });
});
