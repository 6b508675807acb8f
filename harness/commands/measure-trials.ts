// The harness's clock on kernels whose times are known against each other: the same one twice, and one with exactly 5 % more work.
import { randomBytes } from "node:crypto";
import type { Kernel } from "../domain/kernel.ts";
import type { Race } from "../domain/measurement.ts";
import type { TensorSpec } from "../domain/op.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Child, Lane, Ports, Signature, Turn } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { type Random, seededRandom } from "../domain/random.ts";
import { median } from "../domain/statistics.ts";
import { fill } from "../domain/tensor.ts";
import { ownKernel } from "../pipeline/null-kernel.ts";
import { compile, type Toolchain } from "../stages/build/compile.ts";
import { race, type RunTurns, VERIFY } from "../stages/measure/race.ts";
import { CANDIDATE, freshVariants, OTHER } from "../stages/measure/rounds.ts";

/** Numbers that the kernels pass over: they fit in the first cache. */
const NUMBERS = 2048;
const SETS = 10;

/** As the default suite asks, and as long as the policy allows in a test that takes minutes. */
const BUDGET = { seconds: 20, halfWidth: 0.01, pairs: 30, limit: 0.03 };

/** Calls of each kernel in the sequential timing beside it: as many as a race makes until its first look. */
const SEQUENTIAL = 300;

/** What one trial read. */
export interface Trial {
  readonly same: Race;
  readonly slower: Race;
  /** Ratio of medians, all calls of one kernel before all of the other. */
  readonly sequential: { readonly same: number; readonly slower: number };
}

const argument = (name: string): TensorSpec => ({
  name,
  dtype: "float32",
  shape: [NUMBERS],
  absent: false,
  parameter: false,
});
const SIGNATURE: Signature = { inputs: [argument("x")], outputs: [argument("y")], attributes: [] };

function setsOf(random: Random): Tensors[] {
  return Array.from({ length: SETS }, () => ({ x: fill("float32", [NUMBERS], () => random.normal()) }));
}

async function compiled(toolchain: Toolchain, ports: Ports): Promise<(entry: string) => Kernel> {
  const folder = `${ports.host.checkout}/harness/executors/native/spin`;
  const built = await compile({ folder, files: ["spin.cc"] }, toolchain, ports);
  if (!built.ok) throw new HarnessError("SETUP_INCOMPLETE", `spin.cc: ${built.message}`, "npx openxpu doctor");
  return (entry) => ({ ...ownKernel(built.path, entry), timeoutSeconds: 60 });
}

async function open(lane: Lane, kernel: Kernel): Promise<Child> {
  const opened = await lane.open(kernel, SIGNATURE, "right");
  if (opened.state === "ready") return opened.child;
  throw new HarnessError("BROKER_REFUSED", `'${kernel.name}' did not open`, "npx openxpu doctor");
}

/** The child of a hog computes until the promise that this gives is asked to end it. */
async function hog(kernel: Kernel, { lanes }: Ports): Promise<() => Promise<void>> {
  const lane = await lanes.start();
  const child = await open(lane, kernel);
  const inputs = setsOf(seededRandom("0".repeat(32)))[0] ?? {};
  let over = false;
  const running = (async (): Promise<void> => {
    while (!over) await child.call(inputs, "a5", kernel.timeoutSeconds);
  })();
  return async () => {
    over = true;
    await running;
    await lane.close();
  };
}

async function raced(run: RunTurns, same: boolean, random: Random, { clock }: Ports): Promise<Race> {
  const contest = { baseline: "spin", lineup: "pair", keep: 0, variants: freshVariants(), random } as const;
  const verify = same ? VERIFY.control : null;
  const result = await race({ ...contest, verify }, run, BUDGET, () => clock.elapsed());
  if ("race" in result) return result.race;
  throw new HarnessError("BROKER_REFUSED", "a race of the self-test failed", "run again; npx openxpu doctor");
}

/** All calls of one kernel, then all of the other, as most harnesses time. */
async function sequential(run: RunTurns): Promise<number> {
  const calls = (child: number): Turn[] =>
    Array.from({ length: SEQUENTIAL }, (_, index) => ({ child, set: index % SETS, variant: index + 1 }));
  const turns = [...calls(CANDIDATE), ...calls(OTHER)];
  const timed = await run({ turns, verify: [], keep: null, budgetSeconds: 60 });
  if (timed.state === "failed")
    throw new HarnessError("BROKER_REFUSED", "a kernel of the self-test failed", "run again");
  const own = (child: number): number => median(timed.ns.filter((_, index) => turns[index]?.child === child));
  return own(OTHER) / own(CANDIDATE);
}

/** One trial in fresh processes: the slower kernel is the candidate, so that its ratio is below 1. */
async function trial(lane: Lane, kernelOf: (entry: string) => Kernel, seed: string, ports: Ports): Promise<Trial> {
  const random = seededRandom(seed);
  const sets = setsOf(random);
  const [first, second, slower] = [
    await open(lane, kernelOf("spin")),
    await open(lane, kernelOf("spin")),
    await open(lane, kernelOf("slower")),
  ];
  const run =
    (...children: readonly Child[]): RunTurns =>
    (order) =>
      lane.race({ ...order, children, sets, mix: randomBytes(8).toString("hex") });
  try {
    return {
      same: await raced(run(first, second), true, random, ports),
      slower: await raced(run(slower, second), false, random, ports),
      sequential: { same: await sequential(run(first, second)), slower: await sequential(run(slower, second)) },
    };
  } finally {
    for (const child of [first, second, slower]) await child.close();
  }
}

/** Trials beside so many hogs. @param told how many are done */
export async function trials(
  count: number,
  hogs: number,
  toolchain: Toolchain,
  ports: Ports,
  told: (done: number) => void,
): Promise<Trial[]> {
  const kernelOf = await compiled(toolchain, ports);
  const lane = await ports.lanes.start();
  const found: Trial[] = [];
  const ends = await Promise.all(Array.from({ length: hogs }, () => hog(kernelOf("hog"), ports)));
  try {
    for (let index = 0; index < count; index += 1) {
      found.push(await trial(lane, kernelOf, randomBytes(16).toString("hex"), ports));
      told(index + 1);
    }
    return found;
  } finally {
    for (const end of ends) await end();
    await lane.close();
  }
}
