// ONNX models of flash_attention: the Attention operator of opset 23 as witness and as baseline.
import type { DType } from "../../../harness/domain/dtype.ts";
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference } from "../../../harness/domain/oracle.ts";
import { fill, scalar, type Tensor } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { type Extents, extentsOf, visibleKeys } from "../extents.ts";

const OPSET = 23;
/** [B, T, H, D] <-> [B, H, T, D]. */
const SWAP_HEADS = { perm: [0, 2, 1, 3] };

type Names = readonly [q: string, k: string, v: string];

/** [Tq, Tk]: true where a query sees a key. */
function visible(extents: Extents): Tensor {
  const { queries, keys } = extents;
  return fill("bool", [queries, keys], (index) =>
    Number(index % keys < visibleKeys(extents, Math.floor(index / keys))),
  );
}

/** Adds Attention over heads-first tensors; grouped heads follow from the shapes. Its is_causal is top-left aligned. */
function attention(model: ModelBuilder, extents: Extents, [q, k, v]: Names, output: string): string {
  const { causal, queries, keys, scale } = extents;
  const square = queries === keys;
  const mask = causal && !square ? [model.initializer("visible", visible(extents))] : [];
  const attributes = { scale: { float: scale }, is_causal: causal && square ? 1 : 0 };
  return model.node("Attention", [q, k, v, ...mask], output, attributes);
}

/** Rows that see no key become 0: with a mask Attention gives them the mean of all values. */
function zeroMasked(model: ModelBuilder, extents: Extents, input: string): string {
  const { causal, queries, keys } = extents;
  if (!causal || queries <= keys) return input;
  const seen = fill("bool", [1, 1, queries, 1], (row) => Number(visibleKeys(extents, row) > 0));
  model.initializer("seen", seen);
  model.initializer("zero", scalar("float32", 0));
  return model.node("Where", ["seen", input, "zero"], "attended");
}

/** Adds lse = ln sum exp(scale q k^T), no output of Attention; the heads of a group are stacked along the queries. */
function logSumExp(model: ModelBuilder, extents: Extents, q: string, k: string): void {
  const { batch, queries, keys, heads, kvHeads, size, scale, causal } = extents;
  const shape = (name: string, values: readonly number[]): string =>
    model.initializer(
      name,
      fill("int64", [values.length], (index) => values[index] ?? 0),
    );
  const stacked = model.node(
    "Reshape",
    [q, shape("stacked_shape", [batch, kvHeads, (heads / kvHeads) * queries, size])],
    "stacked",
  );
  const turned = model.node("Transpose", [k], "turned", { perm: [0, 1, 3, 2] });
  const products = model.node("MatMul", [stacked, turned], "products");
  const perHead = model.node("Reshape", [products, shape("score_shape", [batch, heads, queries, keys])], "per_head");
  let scores = model.node("Mul", [perHead, model.initializer("scale", scalar("float32", scale))], "scores");
  if (causal) {
    model.initializer("score_mask", visible(extents));
    model.initializer("never", scalar("float32", Number.NEGATIVE_INFINITY));
    scores = model.node("Where", ["score_mask", scores, "never"], "masked_scores");
  }
  model.node("ReduceLogSumExp", [scores, shape("key_axis", [3])], "lse", { keepdims: 0 });
  model.output("lse", "float32", [batch, heads, queries]);
}

/** Attention in float32 between casts: in float16 it would be of another class, bfloat16 is not implemented. */
function witness(bound: BoundCase): Uint8Array {
  const extents = extentsOf(bound);
  const model = new ModelBuilder(OPSET);
  const inner = bound.inputs.map(({ name, dtype, shape }) => {
    model.input(name, dtype, shape);
    const wide =
      dtype === "float32" ? name : model.node("Cast", [name], `${name}_float32`, { to: { dtype: "float32" } });
    return model.node("Transpose", [wide], `${name}_heads_first`, SWAP_HEADS);
  });
  const [q = "", k = "", v = ""] = inner;
  const mixed = zeroMasked(model, extents, attention(model, extents, [q, k, v], "mixed"));
  for (const { name, dtype, shape, absent } of bound.outputs) {
    if (name === "lse") {
      if (!absent) logSumExp(model, extents, q, k);
      continue;
    }
    const wide = dtype === "float32" ? name : `${name}_float32`;
    model.node("Transpose", [mixed], wide, SWAP_HEADS);
    if (wide !== name) model.node("Cast", [wide], name, { to: { dtype } });
    model.output(name, dtype, shape);
  }
  return model.build();
}

/** A model that only swaps heads and positions of the named tensors. */
function swapped(dtype: DType, tensors: readonly { from: string; to: string; shape: readonly number[] }[]): Uint8Array {
  const model = new ModelBuilder(OPSET);
  for (const { from, to, shape } of tensors) {
    const [batch = 1, rows = 1, columns = 1, size = 1] = shape;
    model.input(from, dtype, shape);
    model.node("Transpose", [from], to, SWAP_HEADS);
    model.output(to, dtype, [batch, columns, rows, size]);
  }
  return model.build();
}

/** Attention in T over heads-first tensors, as a user calls it; the swaps of heads and positions are not timed. */
function attentionBaseline(bound: BoundCase, dtype: DType): OnnxBaseline {
  const extents = extentsOf(bound);
  const { batch, queries, keys, heads, kvHeads, size } = extents;
  const run = new ModelBuilder(OPSET);
  const q = run.input("q_heads_first", dtype, [batch, heads, queries, size]);
  const k = run.input("k_heads_first", dtype, [batch, kvHeads, keys, size]);
  const v = run.input("v_heads_first", dtype, [batch, kvHeads, keys, size]);
  const mixed = attention(run, extents, [q, k, v], "o_heads_first");
  run.output(mixed, dtype, [batch, heads, queries, size]);
  const pair = ({
    name,
    shape,
  }: {
    name: string;
    shape: readonly number[];
  }): { from: string; to: string; shape: readonly number[] } => ({
    from: name,
    to: `${name}_heads_first`,
    shape,
  });
  return {
    name: "onnxruntime Attention",
    prepare: swapped(dtype, bound.inputs.map(pair)),
    run: run.build(),
    collect: swapped(dtype, [{ from: "o_heads_first", to: "o", shape: [batch, heads, queries, size] }]),
  };
}

/** The ONNX side of flash_attention. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound) => {
    const dtype = bound.dtypes["T"];
    const { causal, queries, keys } = extentsOf(bound);
    const wantsLse = bound.outputs.some(({ name, absent }) => name === "lse" && !absent);
    // Attention lacks bfloat16 and lse, and gives no zeros to rows that see no key.
    if (dtype === undefined || dtype === "bfloat16" || wantsLse || (causal && queries > keys)) return [];
    return [attentionBaseline(bound, dtype)];
  },
};
