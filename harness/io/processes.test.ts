// Programs of the harness: their words and status, nothing of the judge's environment, and an end to those that hang.
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import type { Finished } from "../domain/ports.ts";
import { hostProcesses } from "./processes.ts";

const processes = hostProcesses(process.env["PATH"] ?? "/usr/bin:/bin");

async function run(command: readonly [string, ...string[]], timeoutSeconds = 10, environment = {}): Promise<Finished> {
  return processes.run(command, { cwd: tmpdir(), environment, timeoutSeconds });
}

describe("a program", () => {
  it("gives its status, output and errors", async () => {
    expect(await run(["sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("that is not there gives 127", async () => {
    expect((await run(["openxpu-no-such-program"])).code).toBe(127);
  });

  it("that hangs is killed at its deadline, with all that it started", async () => {
    const started = performance.now();
    const finished = await run(["sh", "-c", "echo begun; sleep 60 & sleep 60"], 1);
    expect(finished.code).toBeNull();
    expect(finished.stdout).toBe("begun\n");
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("gets its arguments as they are: no shell reads them", async () => {
    const odd = ["$HOME", "a b", "*", ";", "$(id)", "'", '"', "\\", "", "é", "--x=`y`"];
    const { stdout } = await run(["printf", "%s\n", ...odd]);
    expect(stdout).toBe(odd.map((one) => `${one}\n`).join(""));
  });

  it("sees PATH and what it is given, and no other variable of the judge", async () => {
    const { stdout } = await run(["env"], 10, { LC_ALL: "C", GIVEN: "1" });
    const names = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0] ?? "");
    expect(names.filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name)).sort()).toEqual([
      "GIVEN",
      "LC_ALL",
      "PATH",
    ]);
  });

  it("works in the folder that it is given", async () => {
    const { stdout } = await processes.run(["pwd"], { cwd: "/", environment: {}, timeoutSeconds: 10 });
    expect(stdout).toBe("/\n");
  });

  it("that says too much is cut", async () => {
    const { stdout } = await run(["sh", "-c", "yes | head -c 3000000"]);
    expect(stdout).toHaveLength(2 ** 20);
  });
});
