// What a level of isolation holds back on this machine, what is missing for the next one, and how to get it.
import type { Isolation } from "../domain/kernel.ts";
import type { Files, Lane } from "../domain/ports.ts";

/** What `doctor` says of isolation. */
export interface IsolationReport {
  readonly isolation: Isolation;
  /** What refused the next level, in the system's words. */
  readonly why: readonly string[];
  /** How to get the next level: one line each, the likeliest first. Empty at `full`. */
  readonly fixes: readonly string[];
  /** What a process could do when it tried, inside the sandbox of this level. */
  readonly acts: NonNullable<Lane["acts"]>;
}

/** Switches of the kernel that refuse user namespaces, with the value that does, and what sets them right. */
const SWITCHES: readonly (readonly [name: string, refusing: string, fix: string])[] = [
  [
    "kernel/apparmor_restrict_unprivileged_userns",
    "1",
    "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
  ],
  ["kernel/unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"],
  ["user/max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000"],
];

/** What the next level needs, where no switch of the kernel says more. */
const NEXT: Readonly<Record<Isolation, readonly string[]>> = {
  full: [],
  userns: [
    "systemd-run --user --scope -p Delegate=yes npx openxpu <what you run> (a cgroup of your own)",
    "in a container: mount /sys/fs/cgroup writable (docker run --privileged, or --cgroupns=private -v /sys/fs/cgroup:/sys/fs/cgroup:rw)",
  ],
  rlimit: [
    "in a container: allow namespaces (docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined)",
  ],
  none: ["a kernel with seccomp filters (CONFIG_SECCOMP_FILTER), and a container that lets them be installed"],
};

async function switchesInTheWay(files: Pick<Files, "text">): Promise<string[]> {
  const fixes: string[] = [];
  for (const [name, refusing, fix] of SWITCHES) {
    const value = await files.text(`/proc/sys/${name}`).catch(() => "");
    if (value.trim() === refusing) fixes.push(fix);
  }
  return fixes;
}

/** What a lane's isolation is worth, and how to get more. */
export async function isolationReport(
  { isolation, why, acts = [] }: Pick<Lane, "isolation" | "why" | "acts">,
  files: Pick<Files, "text">,
): Promise<IsolationReport> {
  const switches = isolation === "rlimit" || isolation === "none" ? await switchesInTheWay(files) : [];
  const untraced = why.some((reason) => reason.startsWith("tracer"))
    ? [
        "sudo sysctl -w kernel.yama.ptrace_scope=1; in a container --cap-add SYS_PTRACE (addresses of faults and names of denied calls need it)",
      ]
    : [];
  return { isolation, why, fixes: [...switches, ...NEXT[isolation], ...untraced], acts };
}

/** Lines for a terminal. */
export function isolationLines({ isolation, why, fixes, acts }: IsolationReport): string[] {
  const open = acts.filter(({ denied }) => !denied).length;
  const tried = acts.length === 0 ? "" : `: ${acts.length - open} of ${acts.length} forbidden acts denied`;
  return [
    `isolation ${isolation}${tried}${why.length === 0 ? "" : ` (${why.join("; ")})`}`,
    ...fixes.map((fix) => `    next level: ${fix}`),
    ...acts.map(({ act, denied }) => `  ${denied ? "✔ denied  " : "✘ possible"}   ${act}`),
  ];
}
