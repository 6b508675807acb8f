// Exact fractions: what a vote comes to is never rounded.

/** A fraction in lowest terms; `whole` is positive. */
export interface Ratio {
  readonly part: bigint;
  readonly whole: bigint;
}

function commonDivisor(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  while (small !== 0n) [large, small] = [small, large % small];
  return large;
}

/** `part / whole` in lowest terms; neither is negative, `whole` is not zero. */
export function ratio(part: bigint, whole: bigint): Ratio {
  const divisor = commonDivisor(part, whole);
  return { part: part / divisor, whole: whole / divisor };
}

export function sum(ratios: readonly Ratio[]): Ratio {
  return ratios.reduce((a, b) => ratio(a.part * b.whole + b.part * a.whole, a.whole * b.whole), ratio(0n, 1n));
}

export function product(a: Ratio, b: Ratio): Ratio {
  return ratio(a.part * b.part, a.whole * b.whole);
}

export function atLeast(a: Ratio, b: Ratio): boolean {
  return a.part * b.whole >= b.part * a.whole;
}

/** `2/3`, and `1` or `0` where it is whole. */
export function ratioText({ part, whole }: Ratio): string {
  return whole === 1n ? String(part) : `${part}/${whole}`;
}

/** `71.4 %`, cut and never rounded up: 2/3 is not shown where it was missed by a hair. */
export function percentText({ part, whole }: Ratio): string {
  const tenths = (part * 1000n) / whole;
  return `${tenths / 10n}.${tenths % 10n} %`;
}
