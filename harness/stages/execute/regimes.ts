// Takes a case and its oracle, gives the regimes it is judged on: inputs and truths, cached by content for published cases.
import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { dtypeBytes } from "../../domain/dtype.ts";
import type { BoundCase } from "../../domain/op.ts";
import type { Oracle, Probe, RowSample, Tensors, Truths } from "../../domain/oracle.ts";
import type { Cache } from "../../domain/ports.ts";
import { HarnessError } from "../../domain/problem.ts";
import { type Random, type Seed, seededRandom } from "../../domain/random.ts";
import { bytesOf, elementCount, fromBytes, type Tensor, varyNans } from "../../domain/tensor.ts";

/** One regime with everything the judge needs. */
export interface Regime {
  readonly probe: Probe;
  readonly inputs: Tensors;
  readonly truths: Truths;
}

/** sha256 of texts, in hex. */
export function digestText(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

/** The seed of a published case: fixed for ever by op and name. */
export function publishedSeed(op: string, name: string): Seed {
  return digestText("openxpu published inputs v1", op, name).slice(0, 32);
}

/** The seed of a hidden case: from the run's seed, which is fixed after the freeze. */
export function hiddenSeed(runSeed: Seed, submission: string, name: string): Seed {
  return digestText("openxpu hidden inputs v1", runSeed, submission, name).slice(0, 32);
}

/** sha256 over all inputs of all regimes. */
export function inputsDigest(regimes: readonly Regime[]): string {
  const hash = createHash("sha256");
  for (const { probe, inputs } of regimes) {
    hash.update(probe.name);
    for (const name of Object.keys(inputs).sort()) {
      const tensor = inputs[name];
      if (tensor !== undefined) hash.update(`${name}:${tensor.dtype}:${tensor.shape.join()}:`).update(bytesOf(tensor));
    }
  }
  return hash.digest("hex");
}

/** What an oracle gave against the case's arguments: a wrong size would be judged as a wrong kernel. */
function contradiction(bound: BoundCase, inputs: Tensors, truths: Truths): string | undefined {
  for (const { name, dtype, shape, absent } of bound.inputs) {
    const tensor = inputs[name];
    if (absent) continue;
    if (tensor === undefined) return `no input '${name}' was made`;
    const made = `${tensor.dtype}[${tensor.shape.join()}]`;
    const wanted = `${dtype}[${shape.join()}]`;
    if (made !== wanted) return `input '${name}' was made as ${made}, ${wanted} is wanted`;
  }
  for (const { name, shape, absent } of bound.outputs) {
    const truth = truths[name];
    if (absent) continue;
    if (truth === undefined) return `output '${name}' has no truth`;
    const count = truth.kind === "real" ? truth.y.length : truth.t.length;
    if (count !== elementCount(shape))
      return `the truth of '${name}' has ${count} elements, its shape [${shape.join()}] wants ${elementCount(shape)}`;
  }
  return undefined;
}

function draw(bound: BoundCase, probe: Probe, oracle: Oracle, seed: Seed): Tensors {
  const inputs = oracle.inputs(bound, probe, seededRandom(digestText(seed, probe.name).slice(0, 32)));
  const random = seededRandom(digestText(seed, probe.name, "NaN").slice(0, 32));
  for (const tensor of Object.values(inputs)) varyNans(tensor, random);
  return inputs;
}

/** Fewest rows (everything but the last axis) of which some can change places while the first and the last stay. */
const TWIN_ROWS = 4;

/** A tensor whose rows (elements where it has one axis) move up by one, all but the first and the last. Rows stay whole: their elements may belong together. */
function rotated(tensor: Tensor): Tensor {
  const { dtype, shape } = tensor;
  const row = shape.length > 1 ? (shape.at(-1) ?? 1) : 1;
  const rows = row === 0 ? 0 : elementCount(shape) / row;
  const size = dtypeBytes(dtype) * row;
  // Nibbles share bytes across rows.
  if (rows < TWIN_ROWS || dtypeBytes(dtype) < 1) return tensor;
  const [from, to] = [bytesOf(tensor), Uint8Array.from(bytesOf(tensor))];
  to.set(from.subarray(2 * size, (rows - 1) * size), size);
  to.set(from.subarray(size, 2 * size), (rows - 2) * size);
  return fromBytes(dtype, shape, to);
}

/** A regime's inputs with their inner rows in other places: a kernel that remembers inputs by their ends takes them for the first. */
function twinOf(inputs: Tensors): Tensors {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, rotated(tensor)]));
}

function oracleFault(bound: BoundCase, probe: Probe, message: string, cause?: unknown): HarnessError {
  return new HarnessError(
    "ORACLE_FAILED",
    `oracle of ${bound.op}, case ${bound.name}, regime ${probe.name}: ${message}`,
    `correct kernels/${bound.op}/oracle.ts`,
    cause,
  );
}

/** The inputs of one regime. @throws HarnessError ORACLE_FAILED where the generator throws */
export function drawInputs(bound: BoundCase, probe: Probe, oracle: Oracle, seed: Seed): Tensors {
  try {
    return draw(bound, probe, oracle, seed);
  } catch (error) {
    throw oracleFault(bound, probe, error instanceof Error ? error.message : String(error), error);
  }
}

/**
 * A regime with whole truths.
 * @param inputsOf draws the inputs
 * @throws HarnessError ORACLE_FAILED where the oracle throws or contradicts the case
 */
function make(bound: BoundCase, probe: Probe, oracle: Oracle, inputsOf: () => Tensors): Regime {
  let regime: Regime;
  try {
    const inputs = inputsOf();
    regime = { probe, inputs, truths: oracle.truth(bound, probe, inputs) };
  } catch (error) {
    throw oracleFault(bound, probe, error instanceof Error ? error.message : String(error), error);
  }
  const wrong = contradiction(bound, regime.inputs, regime.truths);
  if (wrong !== undefined) throw oracleFault(bound, probe, wrong);
  return regime;
}

/** Multiply-adds of a case up to which the oracle evaluates every element: about a second a regime. */
const WHOLE_WORK = 2 ** 29;

/** Elements of the outputs up to which every one is evaluated and compared: a tenth of a second a regime. */
const WHOLE_ELEMENTS = 2 ** 22;

/** Fewest rows that are judged of a larger case. */
const LEAST_ROWS = 64;

/** How many rows (everything but the last axis of the first output) the oracle evaluates of a case; null where it is all of them. */
export function judgedRows(bound: BoundCase): { readonly rows: number; readonly of: number } | null {
  const of = elementCount(bound.outputs[0]?.shape.slice(0, -1) ?? []);
  const elements = bound.outputs.reduce((sum, { shape, absent }) => sum + (absent ? 0 : elementCount(shape)), 0);
  const share = Math.min(WHOLE_WORK / Math.max(1, bound.work), WHOLE_ELEMENTS / Math.max(1, elements));
  const rows = Math.min(of, Math.max(LEAST_ROWS, Math.floor(of * share)));
  return share >= 1 || rows === of ? null : { rows, of };
}

/** About `rows` different rows of a case: the first, the last, and others at random. */
export function drawRows(bound: BoundCase, rows: number, random: Random): RowSample {
  const count = elementCount(bound.outputs[0]?.shape.slice(0, -1) ?? []);
  const mask = new Uint8Array(count);
  if (count > 0) mask[0] = mask[count - 1] = 1;
  for (let i = 2; i < rows; i += 1) mask[random.integer(0, count - 1)] = 1;
  return { mask };
}

/** A regime whose rows are drawn and evaluated at the first look at its truths: when the kernel's outputs are frozen already. */
function lateRegime(bound: BoundCase, probe: Probe, oracle: Oracle, seed: Seed, rows: number, rowSeed: Seed): Regime {
  const inputs = draw(bound, probe, oracle, seed);
  let truths: Truths | undefined;
  return {
    probe,
    inputs,
    get truths() {
      const random = seededRandom(digestText(rowSeed, "rows", probe.name).slice(0, 32));
      truths ??= oracle.truth(bound, probe, inputs, drawRows(bound, rows, random));
      return truths;
    },
  };
}

/** Entries above this many bytes are made again instead of kept. */
const LARGEST_ENTRY = 2 ** 26;

/**
 * The regimes of a case. A hidden case has its race's regime a second time, with inputs that begin and end alike and differ within.
 * @param meaning digest of everything that decides inputs and truths: op manifest, oracle and generator sources
 * @param rowSeed what the rows of a large case are drawn from: of the run, so that nobody knows them when a kernel is written
 */
export async function regimesOf(
  bound: BoundCase,
  oracle: Oracle,
  seed: Seed,
  meaning: string,
  cache: Cache,
  rowSeed: Seed = seed,
): Promise<readonly Regime[]> {
  const sample = judgedRows(bound);
  if (sample !== null)
    return oracle.probes(bound).map((probe) => lateRegime(bound, probe, oracle, seed, sample.rows, rowSeed));
  const regimes: Regime[] = [];
  for (const probe of oracle.probes(bound)) {
    const key = digestText("regime v2", meaning, JSON.stringify(bound), probe.name, seed);
    const known = bound.hidden ? undefined : await cache.get(key);
    if (known !== undefined) {
      // The cache is the harness's own folder: nothing of a submission is ever written there.
      regimes.push({ ...(deserialize(known) as Omit<Regime, "probe">), probe });
      continue;
    }
    const regime = make(bound, probe, oracle, () => draw(bound, probe, oracle, seed));
    if (!bound.hidden) {
      const entry = serialize({ inputs: regime.inputs, truths: regime.truths });
      if (entry.length <= LARGEST_ENTRY) await cache.put(key, entry);
    }
    regimes.push(regime);
    if (!bound.hidden || probe.race !== true) continue;
    const twin = make(bound, probe, oracle, () => twinOf(regime.inputs));
    const { race: _, ...described } = probe;
    regimes.push({ ...twin, probe: { ...described, name: `${probe.name}_twin` } });
  }
  return regimes;
}
