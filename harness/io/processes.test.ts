// Programs of the harness: their words and status, nothing of the judge's environment, and an end to those that hang.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Finished } from "../domain/ports.ts";
import { hostProcesses } from "./processes.ts";

const CONFINER = fileURLToPath(new URL("../../.openxpu/broker/openxpu-confine", import.meta.url));
const processes = hostProcesses(process.env["PATH"] ?? "/usr/bin:/bin", CONFINER);

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

  it("that the system does not start is broken infrastructure: here, for want of its folder", async () => {
    const running = processes.run(["true"], { cwd: "/no/such/folder", environment: {}, timeoutSeconds: 10 });
    await expect(running).rejects.toMatchObject({ code: "SETUP_INCOMPLETE" });
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

  it("that says too much is cut, and how much is missing is said", async () => {
    const { stdout } = await run(["sh", "-c", "yes | head -c 3000000"]);
    expect(stdout.slice(0, 2 ** 20)).toMatch(/^(y\n)+$/);
    expect(stdout.slice(2 ** 20)).toBe(`\n[${3_000_000 - 2 ** 20} bytes more were cut]\n`);
  });

  it("that says too much is cut between characters", async () => {
    const { stdout } = await run(["sh", "-c", "printf a; yes é | tr -d '\\n' | head -c 3000000"]);
    expect(stdout).not.toContain("\ufffd");
    expect(stdout).toMatch(/^aé+\n\[\d+ bytes more were cut\]\n$/);
  });

  it("that says 1 GiB costs the judge no memory", async () => {
    const before = process.memoryUsage().rss;
    const { code, stderr } = await run(["sh", "-c", "head -c 1073741824 /dev/zero >&2"], 60);
    expect([code, stderr.slice(2 ** 20)]).toEqual([0, `\n[${2 ** 30 - 2 ** 20} bytes more were cut]\n`]);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
  });
});

describe("a confined program", () => {
  const folder = mkdtempSync(join(tmpdir(), "openxpu-confined-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function confined(script: string, confiner = CONFINER): Promise<Finished> {
    const read = ["/usr", "/bin", "/lib", "/lib64"].filter((path) => existsSync(path));
    const confine = { read, write: folder, memoryBytes: 2 ** 30 };
    const options = { cwd: "/", environment: { LC_ALL: "C", GIVEN: "1" }, timeoutSeconds: 10, confine };
    return hostProcesses("/usr/bin:/bin", confiner).run(["sh", "-c", script], options);
  }

  it("leaves what it made in its folder, and has the variables that it was given", async () => {
    const { code } = await confined(`echo "$GIVEN $LC_ALL" > ${folder}/made`);
    expect([code, readFileSync(join(folder, "made"), "utf8")]).toEqual([0, "1 C\n"]);
  });

  it("reads nothing else, as far as this machine allows it", async () => {
    const { stdout } = await processes.run([CONFINER, "--probe"], { cwd: "/", environment: {}, timeoutSeconds: 10 });
    const { code } = await confined("cat /etc/hostname");
    expect(code === 0).toBe(!stdout.startsWith("userns"));
  });

  it("gives its own status, also that of a program that is not there", async () => {
    expect((await confined("exit 7")).code).toBe(7);
    expect((await confined("exec no-such-program")).code).toBe(127);
  });

  it("that is killed from outside is nobody's fault but the machine's", async () => {
    await expect(confined("kill -9 $$")).rejects.toMatchObject({ code: "BROKER_LOST" });
  });

  it("is not run where nothing can confine it", async () => {
    await expect(confined("true", "/no/such/confiner")).rejects.toMatchObject({ code: "SETUP_INCOMPLETE" });
    const options = { cwd: "/", environment: {}, timeoutSeconds: 10 };
    const confine = { read: ["/no/such/folder"], write: folder, memoryBytes: 2 ** 30 };
    const failing = processes.run(["true"], { ...options, confine });
    const { stdout } = await processes.run([CONFINER, "--probe"], options);
    if (stdout.startsWith("userns")) await expect(failing).rejects.toMatchObject({ code: "BROKER_REFUSED" });
    else expect((await failing).code).toBe(0);
  });
});
