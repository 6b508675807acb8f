// ONNX models for sparse_gemm_int4: exact group sums by MatMul in float32 as the witness, by MatMulInteger as the baseline.
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference, Tensors } from "../../../harness/domain/oracle.ts";
import { fill, scalar, type Tensor } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { expand, type Geometry, geometryOf, metadataBytes } from "../compressed.ts";

const OPSET = 21;

function integers(model: ModelBuilder, name: string, values: readonly number[]): string {
  return model.initializer(
    name,
    fill("int64", [values.length], (index) => values[index] ?? 0),
  );
}

/** A matrix [rows, k] as [groups, rows, group], or [groups, group, rows] where `turned`; zeros behind a short last group. */
function grouped(model: ModelBuilder, name: string, rows: number, geometry: Geometry, turned: boolean): string {
  const { k, group, groups } = geometry;
  const rest = groups * group - k;
  const padded =
    rest === 0 ? name : model.node("Pad", [name, integers(model, `${name}_pads`, [0, 0, 0, rest])], `${name}_padded`);
  const shape = integers(model, `${name}_shape`, [rows, groups, group]);
  const chunks = model.node("Reshape", [padded, shape], `${name}_chunks`, { allowzero: 1 });
  return model.node("Transpose", [chunks], `${name}_grouped`, { perm: turned ? [1, 2, 0] : [1, 0, 2] });
}

/** Nibbles of the bytes [m, bytes] of an input, [m, fours, 1], in the order low, high. */
function nibbles(model: ModelBuilder, name: string, bytes: number, { m, fours }: Geometry): string {
  const whole = model.node("Reshape", [name, integers(model, `${name}_bytes`, [m, bytes, 1])], `${name}_columns`);
  const shifted = model.node("BitShift", [whole, "shift_4"], `${name}_shifted`, { direction: "RIGHT" });
  const both = model.node("BitwiseAnd", [shifted, "fifteen"], `${name}_pairs`);
  const flat = model.node("Reshape", [both, integers(model, `${name}_flat`, [m, 2 * bytes, 1])], `${name}_nibbles`);
  const ends = ["from", "to", "axis"].map((end, at) =>
    integers(model, `${name}_${end}`, [[0], [fours], [1]][at] ?? []),
  );
  return model.node("Slice", [flat, ...ends], `${name}_fours`);
}

/** One of the two kept values of each four as float32 at its place: [m, fours, 4]. */
function placed(model: ModelBuilder, at: 0 | 1): string {
  const shift = model.initializer(`shift_${at}`, scalar("uint8", 2 * at));
  const index = model.node("BitShift", ["metadata_fours", shift], `index_${at}_high`, { direction: "RIGHT" });
  const place = model.node("BitwiseAnd", [index, "three"], `place_${at}`);
  const here = model.node("Equal", [place, "places"], `here_${at}`);
  const mask = model.node("Cast", [here], `mask_${at}`, { to: { dtype: "float32" } });
  const value = model.node("Gather", ["values", integers(model, `pick_${at}`, [at])], `value_${at}`, { axis: 2 });
  return model.node("Mul", [mask, value], `placed_${at}`);
}

/** The rows of a with their zeros, [m, k] float32. */
function decompressed(model: ModelBuilder, geometry: Geometry): string {
  const { m, k, fours } = geometry;
  const constants: Readonly<Record<string, Tensor>> = {
    shift_4: fill("uint8", [2], (index) => 4 * index),
    fifteen: scalar("uint8", 15),
    three: scalar("uint8", 3),
    eight: scalar("uint8", 8),
    bias: scalar("float32", 8),
    places: fill("uint8", [4], (index) => index),
  };
  for (const [name, tensor] of Object.entries(constants)) model.initializer(name, tensor);
  nibbles(model, "metadata", metadataBytes(geometry), geometry);
  const bytes = model.node("Reshape", ["a", integers(model, "a_bytes", [m, fours, 1])], "a_columns");
  const shifted = model.node("BitShift", [bytes, "shift_4"], "a_shifted", { direction: "RIGHT" });
  const codes = model.node("BitwiseXor", [model.node("BitwiseAnd", [shifted, "fifteen"], "a_pairs"), "eight"], "codes");
  model.node("Sub", [model.node("Cast", [codes], "biased", { to: { dtype: "float32" } }), "bias"], "values");
  const both = model.node("Add", [placed(model, 0), placed(model, 1)], "kept");
  return model.node("Reshape", [both, integers(model, "dense_shape", [m, k])], "a_dense");
}

/** Group sums are exact in float32; scales and groups follow in float32 as the class says. */
function witness(bound: BoundCase): Uint8Array | { readonly absent: string } {
  const geometry = geometryOf(bound);
  const { m, n, groups, dtype } = geometry;
  if (n === 0) return { absent: "ONNX Runtime's batched MatMul divides by zero where a matrix has no columns" };
  const model = new ModelBuilder(OPSET);
  for (const { name, dtype: type, shape } of bound.inputs) model.input(name, type, shape);
  const a = grouped(model, decompressed(model, geometry), m, geometry, false);
  const wide = model.node("Cast", ["b"], "b_wide", { to: { dtype: "float32" } });
  const sums = model.node("MatMul", [a, grouped(model, wide, n, geometry, true)], "sums");
  const turned = model.node("Transpose", ["a_scales"], "scales_turned", { perm: [1, 0] });
  const scales = model.node("Reshape", [turned, integers(model, "scales_shape", [groups, m, 1])], "scales");
  const scaled = model.node("Mul", [sums, scales], "scaled");
  const total = model.node("ReduceSum", [scaled, integers(model, "group_axis", [0])], "total", { keepdims: 0 });
  if (dtype === "float32") model.node("Mul", [total, "b_scales"], "y");
  else model.node("Cast", [model.node("Mul", [total, "b_scales"], "y_wide")], "y", { to: { dtype } });
  model.output("y", dtype, [m, n]);
  return model.build();
}

function given(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`'${name}' is absent`);
  return tensor;
}

/** The decompressed weights as [groups, group, m] int8: the constant side of MatMulInteger. */
function denseWeights(geometry: Geometry, inputs: Tensors): Tensor {
  const { m, group, groups, kept } = geometry;
  const [a, metadata] = [given(inputs, "a").elements, given(inputs, "metadata").elements];
  if (!(a instanceof Uint8Array) || !(metadata instanceof Uint8Array)) throw new TypeError("bytes expected");
  const { values, features } = expand(a, metadata, geometry);
  const elements = new Int8Array(groups * group * m);
  for (let index = 0; index < values.length; index += 1) {
    elements[(features[index] ?? 0) * m + Math.floor(index / kept)] = values[index] ?? 0;
  }
  return { dtype: "int8", shape: [groups, group, m], elements };
}

/** b as unsigned numbers around 128 in groups [groups, n, group]: u8 x s8 is the fast form, and so are activations held. */
function prepareModel(geometry: Geometry): Uint8Array {
  const { n, k, group, groups } = geometry;
  const model = new ModelBuilder(OPSET);
  model.input("b", "int8", [n, k]);
  const chunks = grouped(model, "b", n, geometry, false);
  const wide = model.node("Cast", [chunks], "b_wide", { to: { dtype: "int32" } });
  const moved = model.node("Add", [wide, model.initializer("offset", scalar("int32", 128))], "b_moved");
  model.output(model.node("Cast", [moved], "b_unsigned", { to: { dtype: "uint8" } }), "uint8", [groups, n, group]);
  return model.build();
}

/** Int32 group sums of a batch of matrices, scaled and added in float32: y as [n, m]. */
function timedModel(geometry: Geometry, inputs: Tensors): Uint8Array {
  const { m, n, group, groups } = geometry;
  const model = new ModelBuilder(OPSET);
  model.input("b_unsigned", "uint8", [groups, n, group]);
  model.input("b_scales", "float32", [n]);
  const weights = model.initializer("weights", denseWeights(geometry, inputs));
  const zero = model.initializer("b_zero", scalar("uint8", 128));
  const sums = model.node("MatMulInteger", ["b_unsigned", weights, zero], "sums");
  const real = model.node("Cast", [sums], "real", { to: { dtype: "float32" } });
  const { elements } = given(inputs, "a_scales");
  const scales = model.initializer(
    "scales",
    fill("float32", [groups, 1, m], (index) => Number(elements[(index % m) * groups + Math.floor(index / m)] ?? 0)),
  );
  const scaled = model.node("Mul", [real, scales], "scaled");
  const total = model.node("ReduceSum", [scaled, integers(model, "group_axis", [0])], "total", { keepdims: 0 });
  const column = model.node("Unsqueeze", ["b_scales", integers(model, "column_axis", [1])], "column");
  model.output(model.node("Mul", [total, column], "y_tokens"), "float32", [n, m]);
  return model.build();
}

/** y_tokens [n, m] as y [m, n]. */
function collectModel({ m, n, dtype }: Geometry): Uint8Array {
  const model = new ModelBuilder(OPSET);
  model.input("y_tokens", "float32", [n, m]);
  model.node("Cast", [model.node("Transpose", ["y_tokens"], "turned", { perm: [1, 0] })], "y", { to: { dtype } });
  model.output("y", dtype, [m, n]);
  return model.build();
}

function baseline(bound: BoundCase, inputs: Tensors): OnnxBaseline {
  const geometry = geometryOf(bound);
  return {
    name: "onnxruntime MatMulInteger",
    prepare: prepareModel(geometry),
    run: timedModel(geometry, inputs),
    collect: collectModel(geometry),
  };
}

/** The ONNX models of sparse_gemm_int4. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound, inputs) => [baseline(bound, inputs)],
};
