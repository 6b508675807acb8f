// The processes of a run as the system sees them: who belongs to it, what each is, and whether any is left.
import { readdirSync, readFileSync } from "node:fs";

/** One process. `started` tells it from a later one of the same number. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly started: string;
  /** Z: it has ended, and only its parent has not looked yet. */
  readonly state: string;
}

/** Parts of a run that can be killed. */
export const PARTS = ["judge", "broker", "zygote", "child"] as const;
export type Part = (typeof PARTS)[number];

function processOf(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold anything; the fields begin behind it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state = "", parent = "0", , session = "0"] = fields;
    return { pid, parent: Number(parent), session: Number(session), started: fields[19] ?? "", state };
  } catch {
    return undefined;
  }
}

function everybody(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? []);
}

const isBroker = ({ pid }: Process): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("openxpu-broker");
  } catch {
    return false;
  }
};

/** Everything below a judge that leads a session of its own, by part; other programs of it (a compiler) are `judge`. */
export function partsOf(judge: number): readonly (readonly [Part, Process])[] {
  const all = everybody().filter(({ state }) => state !== "Z");
  const below = new Map<number, Process>();
  for (let found = true; found; ) {
    found = false;
    for (const one of all) {
      const mine = one.pid === judge || below.has(one.parent) || one.session === judge;
      if (!mine || below.has(one.pid)) continue;
      below.set(one.pid, one);
      found = true;
    }
  }
  const brokers = new Set([...below.values()].filter(isBroker).map(({ pid }) => pid));
  return [...below.values()].map((one) => {
    if (brokers.has(one.pid)) return ["broker", one] as const;
    // A child leaves the session when it enters its sandbox.
    if (brokers.has(one.parent)) return [one.session === judge ? "zygote" : "child", one] as const;
    return ["judge", one] as const;
  });
}

/** Which of some processes still run. */
export function alive(processes: readonly Process[]): Process[] {
  return processes.filter((one) => {
    const now = processOf(one.pid);
    return now !== undefined && now.started === one.started && now.state !== "Z";
  });
}
