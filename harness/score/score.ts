// Runs every mutant and every legal variant of an op on the cases of a seed, and counts what the judge and other suites' rules make of them.
import type { ScoredKernel } from "../domain/mutant.ts";
import type { Oracle } from "../domain/oracle.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import { toFloat64 } from "../domain/tensor.ts";
import { judge, type Judgement } from "../stages/compare/verdict.ts";
import { digestText, type Regime, regimesOf } from "../stages/execute/regimes.ts";
import { companionsOf } from "../stages/execute/company.ts";
import { type Companion, type Execution, execute, signatureOf, type Thoroughness } from "../stages/execute/run.ts";
import { companyOf } from "../stages/validate/company.ts";
import { unsupportedReason } from "../stages/validate/cases.ts";
import type { Entry } from "../stages/validate/catalogue.ts";
import type { BoundCase, Op } from "../domain/op.ts";
import type { Runnable } from "./kernels.ts";
import { casesOf, type Draw, type SeedCase } from "./draw.ts";
import { observe, RULES } from "./rules.ts";

/** What one seed made of one kernel, over all its cases. */
export interface SeedResult {
  readonly scored: ScoredKernel;
  /**
   * Every kernel met every case, and other suites' rules were asked; else a mutant's seed ends with the first objection, and a legal variant meets those cases
   * that the seed draws (draw.ts).
   */
  readonly thorough: boolean;
  readonly cases: number;
  readonly rejected: boolean;
  /** Lanes whose gates objected (memory: poison, canary, repeat, crash). */
  readonly lanes: ReadonlySet<string>;
  /** The first objection: case, gate and words. */
  readonly because: string;
  /** The published case of the first objection; null where there was none, or it was of a hidden case. */
  readonly killer: string | null;
  /** Names of the other suites' rules that rejected an output. */
  readonly rules: ReadonlySet<string>;
}

interface Sums {
  readonly runnable: Runnable;
  cases: number;
  readonly lanes: Set<string>;
  readonly rules: Set<string>;
  because: string;
  killer: string | null;
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

/** What the judge makes of a kernel on a case, and the execution that it looked at. */
async function judged(
  { kernel, scored }: Runnable,
  bound: BoundCase,
  op: Op,
  { regimes, companions }: Judged,
  lane: Lane,
  how: Thoroughness,
): Promise<{ readonly execution: Execution; readonly judgement: Judgement }> {
  const company = companions(scored.supports);
  const execution = await execute(lane, kernel, signatureOf(op, bound), regimes, how, company);
  return { execution, judgement: judge(execution, bound, kernel.numerics, kernel.deterministic) };
}

/** Keeps what the judge objected to. */
function object(sums: Sums, { bound, published }: SeedCase, { status, findings }: Judgement): void {
  for (const { lane } of findings) sums.lanes.add(lane === "A" || lane === "B" || lane === "C" ? lane : "memory");
  if (sums.because !== "") return;
  sums.because = `${bound.name}: ${findings[0]?.gate ?? status}, ${findings[0]?.message ?? ""}`;
  sums.killer = published ? bound.name : null;
}

async function scoreCase(
  sums: Sums,
  one: SeedCase,
  op: Op,
  regimes: Judged,
  lane: Lane,
  { thorough, killers }: Draw,
): Promise<void> {
  const { bound } = one;
  const { scored } = sums.runnable;
  if (unsupportedReason(bound, scored.supports) !== null) return;
  sums.cases += 1;
  // What a mutant was rejected on before mostly shows in its first process.
  const likely = !thorough && killers.get(scored.entry) === bound.name;
  const ways: readonly Thoroughness[] =
    scored.expected === "accept" ? [one.legal ?? "full"] : likely ? ["once", "full"] : ["full"];
  for (const how of ways) {
    const { execution, judgement } = await judged(sums.runnable, bound, op, regimes, lane, how);
    if (thorough) otherRules(execution, sums.rules);
    if (judgement.status === "PASSED") continue;
    object(sums, one, judgement);
    return;
  }
}

/**
 * The pass over the cases in which a kernel meets one; null for none. Where one objection is enough, a mutant first meets the case that it was rejected on before,
 * and only in the second pass, if it must, all others. A legal variant that supports none of the cases drawn for it meets another there.
 */
function passOf(sums: Sums, one: SeedCase, { thorough, killers }: Draw): 0 | 1 | null {
  const { scored } = sums.runnable;
  if (scored.expected === "accept") return one.legal !== null ? 0 : sums.cases === 0 ? 1 : null;
  if (thorough) return 0;
  if (sums.because !== "") return null;
  return [undefined, one.bound.name].includes(killers.get(scored.entry)) ? 0 : 1;
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
    (runnable): Sums => ({ runnable, cases: 0, lanes: new Set(), rules: new Set(), because: "", killer: null }),
  );
  const { seed } = draw;
  for (const pass of [0, 1]) {
    const queue = [...casesOf(op.value, draw)];
    const work = async (lane: Lane): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const one = next;
        const { bound } = one;
        if (!all.some((sums) => passOf(sums, one, draw) === pass)) continue;
        const inputs = digestText(seed, "score inputs", bound.name).slice(0, 32);
        const regimes = await regimesOf(bound, oracle, inputs, "", ports.cache);
        const companions = companionsBy((supports) =>
          companionsOf(op.value, companyOf(op.value, supports, bound, inputs), oracle, inputs),
        );
        for (const sums of all)
          if (passOf(sums, one, draw) === pass)
            await scoreCase(sums, one, op.value, { regimes, companions }, lane, draw);
      }
    };
    await Promise.all(lanes.map(work));
  }
  return all.map(({ runnable: { scored }, cases, lanes: objecting, rules, because, killer }) => ({
    scored,
    thorough: draw.thorough,
    cases,
    rejected: because !== "",
    lanes: objecting,
    because,
    killer,
    rules,
  }));
}
