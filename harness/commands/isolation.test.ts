// What doctor says of isolation: the level, each act, and how to get the next one.
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../testing/memory.ts";
import { isolationLines, isolationReport } from "./isolation.ts";

const NONE = memoryFiles();
const ACTS = [
  { act: "open a socket", denied: true },
  { act: "read /proc", denied: false },
];

describe("a machine at full isolation", () => {
  it("misses nothing", async () => {
    const report = await isolationReport({ isolation: "full", why: [], acts: ACTS.slice(0, 1) }, NONE);
    expect(report.fixes).toEqual([]);
    expect(isolationLines(report)).toEqual([
      "isolation full: 1 of 1 forbidden acts denied",
      "  ✔ denied     open a socket",
    ]);
  });
});

describe("a machine below it", () => {
  it("is told how to get a cgroup", async () => {
    const report = await isolationReport({ isolation: "userns", why: ["cgroup: not writable"] }, NONE);
    expect(report.fixes[0]).toContain("systemd-run --user --scope -p Delegate=yes");
    expect(isolationLines(report)[0]).toBe("isolation userns (cgroup: not writable)");
  });

  it("is told the switch of the kernel that refuses namespaces, before anything else", async () => {
    const files = memoryFiles({ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" });
    const report = await isolationReport({ isolation: "rlimit", why: ["user namespace: EPERM"], acts: ACTS }, files);
    expect(report.fixes[0]).toBe("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
    expect(isolationLines(report)).toContain("  ✘ possible   read /proc");
  });

  it("without a tracer is told what gives one", async () => {
    const report = await isolationReport({ isolation: "full", why: ["tracer: ptrace: EPERM"] }, NONE);
    expect(report.fixes).toEqual([expect.stringContaining("ptrace_scope")]);
  });
});
