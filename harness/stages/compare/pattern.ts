// Takes the wrong elements of an output, gives their place in words: "axis 1 at 96..112 of 113, the tail". Pure.

const ENDINGS = ["th", "st", "nd", "rd"];

/** 2nd, 3rd, 4th ... */
function ordinal(count: number): string {
  const ending = Math.floor(count / 10) % 10 === 1 ? "th" : (ENDINGS[count % 10] ?? "th");
  return `${count}${ending}`;
}

function describe(indices: readonly number[], extent: number, axis: number): string | undefined {
  const low = indices[0];
  const high = indices.at(-1);
  if (low === undefined || high === undefined || indices.length === extent) return undefined;
  const contiguous = high - low + 1 === indices.length;
  if (contiguous) {
    const tail = high === extent - 1 && low > 0 ? ", the tail" : "";
    return low === high
      ? `axis ${axis} at ${low} of ${extent}${tail}`
      : `axis ${axis} at ${low}..${high} of ${extent}${tail}`;
  }
  const step = (indices[1] ?? 0) - low;
  const regular = indices.every((index, position) => index === low + position * step);
  return regular && indices.length > 2 ? `every ${ordinal(step)} of axis ${axis} from ${low}` : undefined;
}

/** The indices of each axis that occur, ascending. Every element is looked at: a sample with a stride would see patterns of its own. */
function indicesOf(wrong: readonly number[], shape: readonly number[]): number[][] {
  const seen = shape.map((extent) => new Uint8Array(extent));
  for (const flat of wrong) {
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const extent = shape[axis] ?? 1;
      const marks = seen[axis];
      if (marks !== undefined) marks[rest % extent] = 1;
      rest = Math.floor(rest / extent);
    }
  }
  return seen.map((marks) => Array.from(marks.keys()).filter((index) => marks[index] === 1));
}

/** Where the wrong elements lie, axis by axis; null when they have no pattern that words can say. */
export function patternOf(output: string, wrong: readonly number[], shape: readonly number[]): string | null {
  const total = shape.reduce((product, extent) => product * extent, 1);
  if (wrong.length === 0) return null;
  if (wrong.length === total) return `${output}: every element`;
  const parts = indicesOf(wrong, shape)
    .map((indices, axis) => describe(indices, shape[axis] ?? 0, axis))
    .filter((part) => part !== undefined);
  return parts.length === 0 ? null : `${output}: ${parts.join("; ")}`;
}
