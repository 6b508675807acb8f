// Runs every mutant and every legal variant of an op on the cases of a seed, and counts what the judge and other suites' rules make of them.
import type { ScoredKernel } from "../domain/mutant.ts";
import type { Oracle } from "../domain/oracle.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import type { Seed } from "../domain/random.ts";
import { toFloat64 } from "../domain/tensor.ts";
import { judge } from "../stages/compare/verdict.ts";
import { digestText, type Regime, regimesOf } from "../stages/execute/regimes.ts";
import { companionsOf } from "../stages/execute/company.ts";
import { type Companion, type Execution, execute, signatureOf } from "../stages/execute/run.ts";
import { companyOf } from "../stages/validate/company.ts";
import { publishedCases, unsupportedReason } from "../stages/validate/cases.ts";
import { hiddenCases } from "../stages/validate/hidden.ts";
import type { Entry } from "../stages/validate/catalogue.ts";
import type { BoundCase, Op } from "../domain/op.ts";
import type { Runnable } from "./kernels.ts";
import { observe, RULES } from "./rules.ts";

/** What one seed made of one kernel, over all its cases. */
export interface SeedResult {
  readonly scored: ScoredKernel;
  /**
   * Every case was run, and other suites' rules were asked; else a mutant's seed ends with the first objection, and a legal variant meets a third of the published
   * cases, drawn by the seed, beside all hidden ones.
   */
  readonly thorough: boolean;
  readonly cases: number;
  readonly rejected: boolean;
  /** Lanes whose gates objected (memory: poison, canary, repeat, crash). */
  readonly lanes: ReadonlySet<string>;
  /** The first objection: case, gate and words. */
  readonly because: string;
  /** Names of the other suites' rules that rejected an output. */
  readonly rules: ReadonlySet<string>;
}

/** What a seed decides. */
export interface Draw {
  readonly seed: Seed;
  /** Hidden cases. */
  readonly hidden: number;
  /** See SeedResult. */
  readonly thorough: boolean;
}

interface Sums {
  readonly runnable: Runnable;
  cases: number;
  readonly lanes: Set<string>;
  readonly rules: Set<string>;
  because: string;
}

/** A case of a seed. */
interface SeedCase {
  readonly bound: BoundCase;
  /** Legal variants meet it in this seed. */
  readonly legal: boolean;
}

/** Of so many published cases a legal variant meets one in a seed that is not thorough: nearly all of a score's time is theirs. */
const PUBLISHED_SHARE = 3;

/** Everything in a case but timing: published cases that are no benchmarks, and the hidden ones of the seed. */
function casesOf(op: Op, { seed, hidden, thorough }: Draw): readonly SeedCase[] {
  const everything = { axes: {}, constraints: [], attributes: {}, dtypes: {} };
  const published = publishedCases(op).filter(({ tags }) => !tags.includes("bench"));
  // As hidden ones: their inputs come from the seed too, or a score over seeds would repeat itself.
  return [
    ...published.map((bound) => {
      const drawn = Number.parseInt(digestText(seed, "published", bound.name).slice(0, 8), 16) % PUBLISHED_SHARE === 0;
      return { bound: { ...bound, hidden: true }, legal: thorough || drawn };
    }),
    ...hiddenCases(op, everything, digestText(seed, "score cases").slice(0, 32), hidden).map((bound) => ({
      bound,
      legal: true,
    })),
  ];
}

/** What other suites' rules make of the same outputs. */
function otherRules({ calls, failure }: Execution, rules: Set<string>): void {
  if (failure !== null) for (const { name } of RULES) rules.add(name);
  for (const { regime, outputs, placement, poison } of calls) {
    // They call a kernel once on each input.
    if (placement !== "right" || poison !== calls[0]?.poison) continue;
    for (const [name, got] of Object.entries(outputs)) {
      const truth = regime.truths[name];
      if (truth === undefined) continue;
      const observed = observe(truth, got.dtype, toFloat64(got));
      for (const rule of RULES) if (!rules.has(rule.name) && !rule.accepts(observed)) rules.add(rule.name);
    }
  }
}

/** A case as the kernels of a seed meet it. */
interface Judged {
  readonly regimes: readonly Regime[];
  /** The company of a kernel that supports so much. */
  readonly companions: (supports: ScoredKernel["supports"]) => readonly Companion[];
}

/** Companions by what a kernel supports, which most kernels of an op agree on. */
function companionsBy(make: Judged["companions"]): Judged["companions"] {
  const known = new Map<string, readonly Companion[]>();
  return (supports) => {
    const key = JSON.stringify(supports);
    const companions = known.get(key) ?? make(supports);
    known.set(key, companions);
    return companions;
  };
}

async function scoreCase(
  sums: Sums,
  bound: BoundCase,
  op: Op,
  { regimes, companions }: Judged,
  lane: Lane,
  thorough: boolean,
): Promise<void> {
  const { kernel, scored } = sums.runnable;
  if (unsupportedReason(bound, scored.supports) !== null) return;
  const execution = await execute(lane, kernel, signatureOf(op, bound), regimes, "full", companions(scored.supports));
  const { status, findings } = judge(execution, bound, kernel.numerics, kernel.deterministic);
  sums.cases += 1;
  if (thorough) otherRules(execution, sums.rules);
  if (status === "PASSED") return;
  for (const finding of findings)
    sums.lanes.add(finding.lane === "A" || finding.lane === "B" || finding.lane === "C" ? finding.lane : "memory");
  if (sums.because === "")
    sums.because = `${bound.name}: ${findings[0]?.gate ?? status}, ${findings[0]?.message ?? ""}`;
}

/** Scores all kernels of an op on one seed, cases spread over the lanes. */
export async function scoreSeed(
  op: Entry<Op>,
  kernels: readonly Runnable[],
  draw: Draw,
  oracle: Oracle,
  lanes: readonly Lane[],
  ports: Ports,
): Promise<readonly SeedResult[]> {
  const all = kernels.map(
    (runnable): Sums => ({ runnable, cases: 0, lanes: new Set(), rules: new Set(), because: "" }),
  );
  const { seed, thorough } = draw;
  const queue = [...casesOf(op.value, draw)];
  const work = async (lane: Lane): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { bound, legal } = next;
      const meeting = all.filter(({ runnable: { scored }, because }) =>
        scored.expected === "accept" ? legal : thorough || because === "",
      );
      if (meeting.length === 0) continue;
      const inputs = digestText(seed, "score inputs", bound.name).slice(0, 32);
      const regimes = await regimesOf(bound, oracle, inputs, "", ports.cache);
      const companions = companionsBy((supports) =>
        companionsOf(op.value, companyOf(op.value, supports, bound, inputs), oracle, inputs),
      );
      for (const sums of meeting) await scoreCase(sums, bound, op.value, { regimes, companions }, lane, thorough);
    }
  };
  await Promise.all(lanes.map(work));
  return all.map(({ runnable: { scored }, cases, lanes: killers, rules, because }) => ({
    scored,
    thorough,
    cases,
    rejected: because !== "",
    lanes: killers,
    because,
    rules,
  }));
}
