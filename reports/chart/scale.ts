// A logarithmic axis for ratios: 2x and 0.5x are equally far from 1x.

export interface Scale {
  /** Pixel of a ratio; values outside the domain are clamped to its ends. */
  readonly x: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly x: number; readonly label: string }[];
}

/** Steps of a narrow axis; the first that gives few enough ticks is taken. */
const STEPS: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const MOST_TICKS = 6;

function linearTicks(low: number, high: number): number[] {
  const step = STEPS.find((one) => (high - low) / one <= MOST_TICKS) ?? 1;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(2))).filter(
    (tick) => tick > 0,
  );
}

function powerTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log2(low));
  const last = Math.ceil(Math.log2(high));
  // 1x stays a tick: exponents are multiples of the stride.
  const stride = Math.max(1, Math.ceil((last - first) / MOST_TICKS));
  const from = Math.floor(first / stride);
  const to = Math.ceil(last / stride);
  return Array.from({ length: to - from + 1 }, (_, i) => 2 ** ((from + i) * stride));
}

/** An axis over `values` and 1, from pixel `left` to pixel `right`; `atLeast` is the least domain. */
export function ratioScale(
  values: readonly number[],
  left: number,
  right: number,
  atLeast: readonly [number, number],
): Scale {
  const sane = values.filter((value) => Number.isFinite(value) && value > 0);
  const low = Math.min(atLeast[0], ...sane);
  const high = Math.max(atLeast[1], ...sane);
  const ticks = high / low >= 3 ? powerTicks(low, high) : linearTicks(low, high);
  const [start, end] = [Math.log(ticks[0] ?? low), Math.log(ticks.at(-1) ?? high)];
  const x = (value: number): number => {
    const share = (Math.log(Math.max(value, Number.MIN_VALUE)) - start) / (end - start);
    // A tenth of a pixel is enough, and keeps pages byte-stable across machines.
    return Math.round(10 * (left + Math.min(1, Math.max(0, share)) * (right - left))) / 10;
  };
  return { x, ticks: ticks.map((value) => ({ value, x: x(value), label: `${value}x` })) };
}
