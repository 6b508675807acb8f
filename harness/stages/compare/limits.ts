// What is accepted of each element of a floating output: the error model evaluated once for a truth, then read by every call judged by it.
import { spacingsOf } from "../../domain/dtype.ts";
import type { RealTruth } from "../../domain/oracle.ts";
import { allowedError, type ErrorModel, exactAt, expectedVariance, forgivenBias } from "./model.ts";

/** One entry an element, row-major; elements that are not judged hold anything. */
export interface Limits {
  /** Gate G1: largest error. */
  readonly allowed: Float64Array;
  /** 1 / spacing of the output's dtype: a power of two, so that products with it are exact. */
  readonly perUlp: Float64Array;
  /** 1 / sigma, sigma the standard deviation of a legal kernel's error; 0 where no error is possible or the value is not finite. */
  readonly perSigma: Float64Array;
  /** True value / sigma. */
  readonly gain: Float64Array;
  /** Its bits: the sign is the first of the second word. */
  readonly signs: Uint32Array;
  /** Bias that gate G3 forgives / sigma. */
  readonly bias: Float64Array;
  /** Standard deviation that a row shares / sigma. */
  readonly shared: Float64Array;
}

const known = new WeakMap<RealTruth, { readonly key: string; readonly limits: Limits }[]>();

/** A platform is little-endian wherever the harness runs: the high word of a float64 comes second. */
export function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** 1 / sigma, 0 where nothing errs or the variance is no number. */
function inverseRoot(variance: number): number {
  return variance > 0 && Number.isFinite(variance) ? 1 / Math.sqrt(variance) : 0;
}

function evaluate(truth: RealTruth, model: ErrorModel): Limits {
  const { y, s, q, k, ds, common, shared, judged } = truth;
  const count = y.length;
  const floats = (): Float64Array => new Float64Array(count);
  const gain = floats();
  const signs = wordsOf(gain);
  const limits: Limits = {
    allowed: floats(),
    perUlp: floats(),
    perSigma: floats(),
    gain,
    signs,
    bias: floats(),
    shared: floats(),
  };
  const spacings = spacingsOf(model.dtype);
  const words = wordsOf(y);
  for (let i = 0; i < count; i += 1) {
    if (judged !== undefined && judged[i] === 0) continue;
    const ulp = spacings[((words[2 * i + 1] ?? 0) >>> 20) & 0x7ff] ?? 0;
    const size = s[i] ?? 0;
    const sum = model.accumulate * Math.sqrt(k[i] ?? 1) * size;
    const cast = model.cast * (q[i] ?? 0);
    const score = (ds[i] ?? 0) * size;
    limits.allowed[i] = allowedError(ulp, sum, cast, score);
    limits.perUlp[i] = 1 / ulp;
    if (!model.statistical) continue;
    const want = y[i] ?? 0;
    const variance = expectedVariance(ulp, sum, cast, score);
    const scale = Number.isFinite(want) ? inverseRoot(variance) : 0;
    limits.perSigma[i] = scale;
    limits.gain[i] = scale === 0 ? 0 : want * scale;
    limits.shared[i] = (model.cast * (shared?.[i] ?? 0) * scale) / Math.sqrt(3);
    limits.bias[i] = scale === 0 ? 0 : forgivenBias(ulp, sum, score, model.cast * (common?.[i] ?? 0)) * scale;
  }
  return limits;
}

/** Lane A: nothing but one rounding or division where the value is exact. */
function tighten(truth: RealTruth, model: ErrorModel, { allowed, perUlp }: Limits): void {
  const { exactUlps } = model;
  if (exactUlps === undefined) return;
  for (let i = 0; i < allowed.length; i += 1) {
    if (exactAt(truth, model, i)) allowed[i] = exactUlps / (perUlp[i] ?? 1);
  }
}

/** The limits of a truth under a model, evaluated once. */
export function limitsOf(truth: RealTruth, model: ErrorModel): Limits {
  const key = Object.values(model).join();
  const before = known.get(truth) ?? [];
  const found = before.find((one) => one.key === key);
  if (found !== undefined) return found.limits;
  const limits = evaluate(truth, model);
  tighten(truth, model, limits);
  known.set(truth, [...before, { key, limits }]);
  return limits;
}
