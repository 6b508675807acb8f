// Random kills of a real run: many runs one after the other, until so many parts were killed. Every run must give what an undisturbed one gives.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../domain/random.ts";
import { type VendorTree, vendorTree } from "../vendor-tree.ts";
import type { Part } from "./processes.ts";
import { killedRun, timeless } from "./session.ts";
import { addSubmissions } from "./submissions.ts";

/** What came of many kills. */
export interface KillReport {
  readonly runs: number;
  readonly kills: Readonly<Record<Part, number>>;
  /** Processes that all runs took. */
  readonly starts: number;
  /** Half lines found after a kill, and cut by the next process. */
  readonly torn: number;
  /** Records of one run. */
  readonly records: number;
}

/** Kills in one run: enough that it is interrupted and goes on, few enough that it ends. */
const A_RUN = 12;

const OPTIONS = ["--suite", "smoke", "--no-measure", "--seed", "5".repeat(32), "--case", "{hidden_*,one_*,vector_*}"];

/** Without the Python witnesses, whose zygote takes seconds to start, a kill costs a second. */
const NATIVE = ["--executor", "native"];

function assertSame(found: readonly unknown[], wanted: readonly unknown[]): void {
  for (const [index, one] of wanted.entries()) {
    const [a, b] = [JSON.stringify(found[index]), JSON.stringify(one)];
    if (a !== b) throw new Error(`record ${index} is not the one of an undisturbed run:\n${a}\n${b}`);
  }
  if (found.length !== wanted.length) throw new Error(`${found.length} records instead of ${wanted.length}`);
}

async function killed(
  count: number,
  { seed, python }: { readonly seed: string; readonly python: boolean },
  tree: VendorTree,
  say: (text: string) => void,
): Promise<KillReport> {
  const folders = addSubmissions(tree);
  const random = seededRandom(seed);
  const draw = (): number => random.integer(0, 2 ** 30 - 1) / 2 ** 30;
  const args = [...folders, ...OPTIONS, ...(python ? [] : NATIVE)];
  const never = (): number => 0;
  // The first run fills the caches, the second is the one to compare with and says how long a run takes.
  await killedRun(args, join(tree.root, "cold"), 0, 0, never);
  const started = performance.now();
  const undisturbed = await killedRun(args, join(tree.root, "undisturbed"), 0, 0, never);
  const span = (performance.now() - started) * 0.35;
  const wanted = undisturbed.records.map(timeless);
  say(`an undisturbed run: ${wanted.length} records, ${(span / 350).toFixed(1)} s`);
  const kills = { judge: 0, broker: 0, zygote: 0, child: 0 };
  let [runs, starts, torn, total] = [0, 0, 0, 0];
  while (total < count) {
    const out = join(tree.root, `out${runs}`);
    const told = await killedRun(args, out, Math.min(A_RUN, count - total), span, draw);
    assertSame(told.records.map(timeless), wanted);
    const unfinished = readdirSync(out, { recursive: true }).filter((name) => String(name).endsWith(".unfinished"));
    if (unfinished.length > 0) throw new Error(`left behind: ${unfinished.join(", ")}`);
    for (const [part, many] of Object.entries(told.kills)) kills[part as Part] += many;
    runs += 1;
    starts += told.starts;
    torn += told.torn;
    total = Object.values(kills).reduce((sum, many) => sum + many, 0);
    say(
      `run ${runs}: ${JSON.stringify(told.kills)}, ${told.starts} starts, exits ${told.exits.join(" ")}; ${total} kills`,
    );
  }
  return { runs, kills, starts, torn, records: wanted.length };
}

/**
 * Kills parts of real runs `count` times.
 * @param how `seed` decides who is killed and when; `python`: with the Python witnesses, whose zygote is then killed too
 * @throws where anything is lost, torn for good, changed, judged twice or left behind
 */
export async function randomKills(
  count: number,
  how: { readonly seed: string; readonly python: boolean },
  say: (text: string) => void,
): Promise<KillReport> {
  const tree = vendorTree();
  try {
    return await killed(count, how, tree, say);
  } finally {
    tree.remove();
  }
}
