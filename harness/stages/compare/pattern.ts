// Takes the wrong elements of an output, gives their place in words: "rows 96..112 of 113". Pure.
import { unravel } from "../../domain/tensor.ts";

function describe(indices: readonly number[], extent: number, axis: number): string | undefined {
  const low = indices[0];
  const high = indices.at(-1);
  if (low === undefined || high === undefined || indices.length === extent) return undefined;
  const contiguous = high - low + 1 === indices.length;
  if (contiguous) {
    const tail = high === extent - 1 && low > 0 ? ", the tail" : "";
    return low === high ? `axis ${axis} at ${low} of ${extent}${tail}` : `axis ${axis} at ${low}..${high} of ${extent}${tail}`;
  }
  const step = (indices[1] ?? 0) - low;
  const regular = indices.every((index, position) => index === low + position * step);
  return regular && indices.length > 2 ? `every ${step}th of axis ${axis} from ${low}` : undefined;
}

/** Elements looked at, evenly spread: enough to see a block, a tail or a stride. */
const SAMPLE = 20_000;

/** Where the wrong elements lie, axis by axis; null when they have no pattern that words can say. */
export function patternOf(output: string, wrong: readonly number[], shape: readonly number[]): string | null {
  const total = shape.reduce((product, extent) => product * extent, 1);
  if (wrong.length === 0) return null;
  if (wrong.length === total) return `${output}: every element`;
  const seen = shape.map(() => new Set<number>());
  const step = Math.max(1, Math.floor(wrong.length / SAMPLE));
  for (let position = 0; position < wrong.length; position += step) {
    for (const [axis, index] of unravel(wrong[position] ?? 0, shape).entries()) seen[axis]?.add(index);
  }
  const parts = seen
    .map((indices, axis) => describe([...indices].sort((a, b) => a - b), shape[axis] ?? 0, axis))
    .filter((part) => part !== undefined);
  return parts.length === 0 ? null : `${output}: ${parts.join("; ")}`;
}
