// How much of the allowed error was used: the one number that says how near a kernel is to failing.
import type { ErrorSummary, GateResult } from "../harness/domain/run-record.ts";
import { numeric, real } from "./format.ts";

/**
 * `share`: largest error / allowed error, above 1 a mismatch. `exact`: only equality was accepted, and held. `unequal`:
 * only equality was accepted, and did not hold. `none`: nothing was judged.
 */
export type Headroom =
  | { readonly kind: "share"; readonly value: number }
  | { readonly kind: "exact" }
  | { readonly kind: "unequal" }
  | { readonly kind: "none" };

/** The worst over outputs and cases. A broken equality is worse than any share: it has no size. */
export function worstHeadroom(errors: readonly ErrorSummary[]): Headroom {
  if (errors.length === 0) return { kind: "none" };
  if (errors.some((error) => error.headroom === null && error.mismatches > 0)) return { kind: "unequal" };
  const shares = errors.flatMap((error) => (error.headroom === null ? [] : [numeric(error.headroom)]));
  if (shares.length === 0) return { kind: "exact" };
  // NaN is an error that nothing allows.
  return {
    kind: "share",
    value: Math.max(...shares.map((share) => (Number.isNaN(share) ? Number.POSITIVE_INFINITY : share))),
  };
}

/** How much of a gate's limit its statistic used; a limit of 0 asks for equality. */
export function gateHeadroom({ statistic, limit }: GateResult): Headroom {
  const size = Math.abs(numeric(statistic));
  if (limit === 0) return size === 0 ? { kind: "exact" } : { kind: "unequal" };
  // A statistic that is no number is beyond every limit.
  return { kind: "share", value: Number.isNaN(size) ? Number.POSITIVE_INFINITY : size / limit };
}

/** In words: "exact", "0.41", "2,570". */
export function headroomText(headroom: Headroom): string {
  if (headroom.kind === "exact") return "exact";
  if (headroom.kind === "unequal") return "not equal";
  if (headroom.kind === "none") return "none";
  if (headroom.value >= 9.995) return real(Number(headroom.value.toPrecision(3)));
  // A mismatch must never read 1.00, nor a pass.
  const text = headroom.value.toFixed(2);
  if (text === "1.00" && headroom.value > 1) return "> 1.00";
  return text === "0.00" && headroom.value > 0 ? "< 0.01" : text;
}

/** Order for sorting: exact first, then by share, broken equality last; nothing judged has no place. */
export function headroomKey(headroom: Headroom): number | null {
  if (headroom.kind === "none") return null;
  if (headroom.kind === "unequal") return Number.MAX_VALUE;
  return headroom.kind === "exact" ? 0 : Math.min(headroom.value, Number.MAX_VALUE);
}
