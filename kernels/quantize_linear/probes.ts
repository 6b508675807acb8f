// The regimes that quantize_linear is judged on.
import type { Probe } from "../../harness/domain/oracle.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "ties",
    lane: "A",
    reveals:
      "rounding other than half-even, rounding twice, the zero point added before rounding, wrapping, clamping too early",
  },
  {
    name: "random_scales",
    lane: "A",
    reveals: "quotients in a short type, another block's scale or zero point, errors beyond a reciprocal and a product",
    race: true,
  },
  {
    name: "beside_ties",
    lane: "A",
    reveals: "a reciprocal short of a few bits",
  },
  {
    name: "index_coded",
    lane: "A",
    reveals: "wrong block boundaries, axes, tails, order of nibbles: every element is its own exact code",
  },
  {
    name: "edges",
    lane: "A",
    reveals: "limits off by one, integer overflow before clamping, 8-bit floats at their largest and smallest numbers",
  },
  {
    name: "specials",
    lane: "C",
    reveals: "what becomes of zeros, subnormals, the largest finite numbers, infinities, and NaN where Q has one",
  },
];
