// Rules of top_k's cases: paths that a kernel may have for some shapes are met in both dtypes.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { opSchema } from "../../harness/domain/op.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

interface Shape {
  readonly rows: number;
  readonly n: number;
  readonly k: number;
  readonly smallest: boolean;
}

/** The cases that both dtypes have. */
const both: readonly Shape[] = op.cases
  .filter(({ dtypes }) => dtypes["T"] === undefined)
  .map(({ axes: { rows = 0, N = 0, K = 0 }, attributes }) => ({
    rows,
    n: N,
    k: K,
    smallest: attributes["largest"] === false,
  }));

describe("the cases of top_k", () => {
  it.each<[string, (shape: Shape) => boolean]>([
    ["a sort of whole rows", ({ n, k, smallest }) => k === n && n > 1 && !smallest],
    ["a sort of whole rows, ascending", ({ n, k, smallest }) => k === n && n > 1 && smallest],
    ["the smallest one", ({ n, k, smallest }) => k === 1 && n > 1 && smallest],
    ["more places than 64", ({ n, k }) => k > 64 && n > k],
    ["more places than 256, ascending", ({ n, k, smallest }) => k > 256 && n > k && smallest],
    ["33 to 64 places", ({ n, k }) => k > 32 && k <= 64 && n > k],
    ["513 to 1024 places", ({ n, k }) => k > 512 && k <= 1024 && n > k],
    ["more places than 2048", ({ n, k }) => k > 2048 && n > k],
    ["more places than half of a short row, but not all", ({ n, k }) => 2 * k > n && n > k && k < 512],
    ["more rows than 1024", ({ rows }) => rows > 1024],
    ["more rows than a grid of 65535", ({ rows }) => rows > 65_535],
    ["indices beyond 16 bits", ({ n }) => n > 2 ** 16],
    ["indices beyond 17 bits, in more than one row", ({ rows, n }) => n > 2 ** 17 && rows > 1],
  ])("hold %s", (_, holds) => {
    expect(both.some(holds)).toBe(true);
  });
});
