// The transport to a broker, over a stand-in that plays a script: what is lost, refused or nonsense is a HarnessError of its kind.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HarnessError } from "../domain/problem.ts";
import { BrokerProcess } from "./broker-process.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "openxpu-transport-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A broker whose answer to each line is what `answer`, a function body over `request`, returns; undefined says nothing. */
function broker(answer: string): BrokerProcess {
  const path = join(folder, `broker-${Math.random().toString(16).slice(2)}`);
  writeFileSync(
    path,
    `#!${process.execPath}
const answer = (request) => { ${answer} };
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const said = answer(JSON.parse(line));
  if (said !== undefined) process.stdout.write((typeof said === "string" ? said : JSON.stringify(said)) + "\\n");
});
`,
  );
  chmodSync(path, 0o755);
  return new BrokerProcess(path, {});
}

const QUIT = 'if (request.op === "quit") process.exit(0);';

async function fault(promise: Promise<unknown>): Promise<[string, string]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof HarnessError) return [error.code, error.message];
    throw error;
  }
  throw new Error("a fault expected");
}

describe("a request", () => {
  it("carries its fields and gets its own reply, in whatever order they come", async () => {
    const one = broker(`${QUIT} globalThis.held ??= []; held.push(request);
      if (held.length < 2) return undefined;
      return held.reverse().map(({ id, n }) => JSON.stringify({ id, ok: true, n })).join("\\n");`);
    const [a, b] = await Promise.all([one.request("x", { n: 1 }), one.request("x", { n: 2 })]);
    expect([a["n"], b["n"]]).toEqual([1, 2]);
    await one.close();
  });

  it("that is refused says why", async () => {
    const one = broker(
      `${QUIT} return { id: request.id, ok: false, error: { code: "E_MEMORY", message: "too much" } };`,
    );
    expect(await fault(one.request("open"))).toEqual(["BROKER_REFUSED", "E_MEMORY: too much"]);
    await one.close();
  });
});

describe("a broker", () => {
  it("that is not there is lost", async () => {
    const [code, message] = await fault(new BrokerProcess(join(folder, "none"), {}).request("hello"));
    expect([code, message.includes("could not be started")]).toEqual(["BROKER_LOST", true]);
  });

  it("that dies fails every request that waits, with its last words, and every later one", async () => {
    const one = broker(
      'if (request.op === "b") setTimeout(() => process.exit(9), 50); else process.stderr.write("out of memory");',
    );
    const faults = await Promise.all([fault(one.request("a")), fault(one.request("b"))]);
    const lost = ["BROKER_LOST", "the broker ended (exit 9) out of memory"];
    expect(faults).toEqual([lost, lost]);
    expect((await fault(one.request("c")))[0]).toBe("BROKER_LOST");
    await one.close();
  });

  it("that talks nonsense is lost, and its words are shown", async () => {
    const one = broker(`${QUIT} return "segfault?";`);
    const [code, message] = await fault(one.request("hello"));
    expect([code, message]).toEqual(["BROKER_LOST", "the broker said something else than a reply: segfault?"]);
    await one.close();
  });

  it("that does not quit is killed", async () => {
    const one = broker("return undefined;");
    const started = performance.now();
    await one.close();
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
