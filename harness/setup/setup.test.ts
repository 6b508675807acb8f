// Set-up from the first command on a fresh clone to killed, broken and concurrent ones.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ended, Miniature } from "./testing/miniature.ts";

const ALL = ["npm", "venv", "pip", "proof", "cc", "cc"];
let mini: Miniature;

beforeEach(() => {
  mini = new Miniature();
});
afterEach(() => mini.remove());

/** Waits until a stand-in was called. */
async function called(name: string): Promise<void> {
  const path = join(mini.root, "calls");
  while (!existsSync(path) || !readFileSync(path, "utf8").includes(name)) await sleep(10);
}

const lockPath = (): string => join(mini.checkout, ".openxpu", "setup.lock");

/** The process of the command that set-up runs now, as its lock names it. */
async function runningCommand(): Promise<number> {
  for (;;) {
    const { children }: { readonly children: readonly { readonly pid: number }[] } = JSON.parse(
      readFileSync(lockPath(), "utf8"),
    );
    if (children[0] !== undefined) return children[0].pid;
    await sleep(10);
  }
}

describe("a fresh clone", () => {
  test("is set up by the first command, which then does its work", async () => {
    const { code, stdout, stderr } = await mini.run();
    expect(mini.calls()).toEqual(ALL);
    expect({ code, ran: stdout }).toEqual({ code: 0, ran: expect.stringContaining('"ran":true') });
    expect(stderr).toContain("set-up: packages");
    expect(stderr).toContain("set-up: broker done");
    expect(existsSync(lockPath())).toBe(false);
  });

  test("is silent and starts no program the second time", async () => {
    await mini.run();
    mini.calls();
    const { stderr } = await mini.run();
    expect({ calls: mini.calls(), stderr }).toEqual({ calls: [], stderr: "" });
  });

  test("tells its version and a short help before set-up", async () => {
    expect(await mini.run({}, ["--version"])).toMatchObject({ code: 0, stdout: "1.2.3\n" });
    expect(await mini.run({}, ["check", "--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("npx openxpu doctor"),
    });
    expect(mini.calls()).toEqual([]);
  });
});

describe("a change", () => {
  beforeEach(async () => {
    await mini.run();
    mini.calls();
  });

  test("of the requirements is installed into the environment that is there", async () => {
    mini.write("harness/setup/requirements.txt", "torch==2.13.0\n");
    await mini.run();
    expect(mini.calls()).toEqual(["pip", "proof"]);
  });

  test("of one C file compiles what is made of it, of a header both", async () => {
    mini.write("harness/broker/two.c", "/* changed */\n");
    await mini.run();
    expect(mini.calls()).toEqual(["cc"]);
    mini.write("harness/broker/both.h", "/* changed */\n");
    await mini.run();
    expect(mini.calls()).toEqual(["cc", "cc"]);
  });

  test("of the lock file, or of node_modules, installs the packages again", async () => {
    rmSync(join(mini.checkout, "node_modules"), { recursive: true });
    await mini.run();
    expect(mini.calls()).toEqual(["npm"]);
    const lock = readFileSync(join(mini.checkout, "package-lock.json"), "utf8");
    mini.write("package-lock.json", lock.replaceAll("1.0.0", "1.0.1"));
    await mini.run();
    expect(mini.calls()).toEqual(["npm"]);
  });

  test("of the environment's Python makes it anew", async () => {
    writeFileSync(join(mini.programs, "python3"), `${readFileSync(join(mini.programs, "python3"), "utf8")}# newer\n`);
    await mini.run();
    expect(mini.calls()).toEqual(["venv", "pip", "proof"]);
  });
});

describe("a set-up that was killed", () => {
  test("leaves no orphan, no lock and no half-made environment to the next one", async () => {
    mini.trouble("pip", "60");
    const first = mini.start();
    await called("pip");
    const orphan = await runningCommand();
    first.kill("SIGKILL");
    await ended(first);
    expect(existsSync(`/proc/${orphan}`)).toBe(true);
    mini.trouble("pip", undefined);
    mini.calls();
    expect((await mini.run()).code).toBe(0);
    expect(mini.calls()).toEqual(["venv", "pip", "proof", "cc", "cc"]);
    expect(existsSync(`/proc/${orphan}/exe`)).toBe(false);
  });

  test("by Ctrl-C lets go at once and exits as a shell expects", async () => {
    mini.trouble("npm", "60");
    const first = mini.start();
    await called("npm");
    first.kill("SIGINT");
    expect((await ended(first)).code).toBe(130);
    expect(existsSync(lockPath())).toBe(false);
  });

  test("is told from a later process with the same number", async () => {
    mini.write(
      ".openxpu/setup.lock",
      JSON.stringify({
        pid: process.pid,
        start: 1,
        boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
        children: [],
      }),
    );
    expect((await mini.run()).code).toBe(0);
  });
});

test("two commands at once set up once; the second says that it waits", async () => {
  mini.trouble("pip", "1");
  const first = mini.start();
  const firstEnded = ended(first);
  await called("venv");
  const second = await mini.run();
  expect(await firstEnded).toMatchObject({ code: 0 });
  expect(second.stderr).toContain(`waiting for the set-up that process ${first.pid} began`);
  expect(second.stdout).toContain('"ran":true');
  expect(mini.calls()).toEqual(ALL);
});

describe("trouble ends with exit code 3, its code and the way out", () => {
  test("no network: the log's lines, its path, and what was done is kept", async () => {
    mini.trouble(
      "pip",
      "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution found for torch\n",
    );
    const { code, stdout, stderr } = await mini.run();
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("✘ SETUP_OFFLINE   pip install failed");
    expect(stderr).toContain("| ERROR: No matching distribution found for torch");
    expect(stderr).toMatch(/log {4}.*\.openxpu\/log\/pip-1\.log/);
    expect(stderr).toContain("fix    connect");
    mini.trouble("pip", undefined);
    mini.calls();
    await mini.run();
    expect(mini.calls()).toEqual(["venv", "pip", "proof", "cc", "cc"]);
  });

  test.each([
    ["venv", "OSError: [Errno 28] No space left on device", "SETUP_DISK"],
    ["pip", "ERROR: No matching distribution found for triton==3.7.1", "SETUP_PACKAGE"],
    [
      "npm",
      "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.",
      "SETUP_LOCKFILE",
    ],
    ["cc", "one.c:1: error: expected ';'", "SETUP_FAILED"],
    ["proof", "ImportError: libgomp.so.1: cannot open shared object file", "SETUP_FAILED"],
  ])("%s: %s", async (name, text, fault) => {
    mini.trouble(name, `${text}\n`);
    const { code, stderr } = await mini.run();
    expect(code).toBe(3);
    expect(stderr).toContain(`✘ ${fault}`);
    expect(stderr).toContain(`| ${text}`);
  });

  test("every program that is missing is named at once", async () => {
    for (const name of ["python3", "g++"]) rmSync(join(mini.programs, name));
    const { code, stderr } = await mini.run();
    expect(code).toBe(3);
    expect(stderr).toContain("✘ SETUP_PYTHON");
    expect(stderr).toContain("✘ SETUP_COMPILER");
    expect(stderr).toContain("apt-get install python3 python3-venv");
    expect(mini.calls()).toEqual([]);
  });

  test("a Python that is too old is named with its version", async () => {
    mini.program("python3", '#!/bin/sh\necho \'["3.9.2", [3, 9], true, true, "/usr/bin/python3.9"]\'\n');
    expect((await mini.run()).stderr).toMatch(/SETUP_PYTHON {3}.*\n {4}found {2}.*python3 is 3\.9\.2/);
  });
});

test("OPENXPU_PIP_INDEX serves every package, OPENXPU_TORCH_INDEX torch alone", async () => {
  await mini.run({ OPENXPU_PIP_INDEX: "file:///mirror", OPENXPU_TORCH_INDEX: "file:///cpu" });
  const [torch = "", rest = ""] = mini.pipCalls().split("\n");
  expect(torch).toMatch(/--index-url file:\/\/\/mirror --no-deps --extra-index-url file:\/\/\/cpu torch==/);
  expect(rest).toMatch(/--index-url file:\/\/\/mirror -r .*requirements\.txt$/);
  expect(rest).not.toContain("file:///cpu");
});

test("the lock file is completed with programs of other platforms, once", async () => {
  const asking = {
    version: "2.0.0",
    dev: true,
    optionalDependencies: { "@a/tool-linux-x64-musl": "2.0.0", other: "^1.0.0" },
  };
  mini.write("package-lock.json", JSON.stringify({ packages: { "": {}, "node_modules/tool": asking } }));
  const complete = (): string =>
    spawnSync(process.execPath, [join(mini.checkout, "harness/setup/complete-lock.mjs")], { encoding: "utf8" }).stdout;
  expect([complete(), complete()]).toEqual(["1 entered\n", "0 entered\n"]);
  const entered = { version: "2.0.0", dev: true, optional: true, cpu: ["x64"], os: ["linux"], libc: ["musl"] };
  const lock: { readonly packages: object } = JSON.parse(
    readFileSync(join(mini.checkout, "package-lock.json"), "utf8"),
  );
  expect(lock.packages).toEqual({
    "": {},
    "node_modules/tool": asking,
    "node_modules/@a/tool-linux-x64-musl": entered,
  });
});
