// What plants a requantized output beside a tie of its rounding.
import type { Random } from "./random.ts";

/** How far beside a tie a value is planted, times itself: further than any legal kernel errs (4 * 2^-24), nearer than a short multiplier does. */
export const BESIDE = 6 * 2 ** -24;

/**
 * The scale next to `scale` at which t = sum * scale * factor lies `BESIDE` * |t| before or beyond a tie. Outputs that would
 * saturate, or whose scale would change by more than 2x, keep theirs.
 */
export function besideTie(sum: number, scale: number, factor: number, random: Random): number {
  const t = sum * scale * factor;
  if (Math.abs(t) < 0.25 || Math.abs(t) > 120) return scale;
  const tie = Math.sign(t) * (Math.floor(Math.abs(t)) + 0.5);
  return (tie * (1 + random.pick([-1, 1]) * BESIDE)) / (sum * factor);
}
