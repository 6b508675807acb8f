// Takes the company of a case, gives it ready to be called: signatures and inputs, no truths, because nobody looks at what comes out.
import type { BoundCase, Op } from "../../domain/op.ts";
import type { Oracle } from "../../domain/oracle.ts";
import type { Seed } from "../../domain/random.ts";
import { digestText, drawInputs } from "./regimes.ts";
import { type Companion, signatureOf } from "./run.ts";

/** Inputs of each companion's first regime. @throws HarnessError ORACLE_FAILED where the generator throws */
export function companionsOf(op: Op, company: readonly BoundCase[], oracle: Oracle, seed: Seed): Companion[] {
  return company.flatMap((bound) => {
    const [probe] = oracle.probes(bound);
    if (probe === undefined) return [];
    const inputs = drawInputs(bound, probe, oracle, digestText(seed, "company", bound.name).slice(0, 32));
    return [{ bound, signature: signatureOf(op, bound), inputs }];
  });
}
