// ONNX models for dequant_gemm_int4: standard operators in float32 as the witness, MatMulNBits as the baseline.
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference, Tensors } from "../../../harness/domain/oracle.ts";
import { fill, scalar, type Tensor, toFloat64 } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { type Geometry, geometryOf, pack, unpack } from "../geometry.ts";

const OPSET = 21;

function integers(model: ModelBuilder, name: string, values: readonly number[]): string {
  return model.initializer(
    name,
    fill("int64", [values.length], (index) => values[index] ?? 0),
  );
}

/** w [N, bytes] as signed codes [N, K] in int32. */
function codesOf(model: ModelBuilder, { n, k, rowBytes }: Geometry): string {
  const shift = model.initializer(
    "shift",
    fill("uint8", [2], (index) => 4 * index),
  );
  const bytes = model.node("Reshape", ["w", integers(model, "byte_shape", [n, rowBytes, 1])], "bytes");
  const pairs = model.node("BitShift", [bytes, shift], "pairs", { direction: "RIGHT" });
  const nibbles = model.node("BitwiseAnd", [pairs, model.initializer("fifteen", scalar("uint8", 15))], "nibbles");
  const flat = model.node("Reshape", [nibbles, integers(model, "flat_shape", [n, 2 * rowBytes])], "flat");
  const ends = [integers(model, "from", [0]), integers(model, "to", [k]), integers(model, "axis", [1])];
  const kept = model.node("Slice", [flat, ...ends], "kept");
  const eight = model.initializer("eight", scalar("uint8", 8));
  const biased = model.node("Cast", [model.node("BitwiseXor", [kept, eight], "flipped")], "biased", {
    to: { dtype: "int32" },
  });
  return model.node("Sub", [biased, model.initializer("bias", scalar("int32", 8))], "codes");
}

/** An argument [N, G] as [N, K] in `dtype`. */
function spread(model: ModelBuilder, name: string, dtype: "int32" | "float32"): string {
  const wide = model.node("Cast", [name], `${name}_wide`, { to: { dtype } });
  return model.node("Gather", [wide, "group_of_k"], `${name}_of_k`, { axis: 1 });
}

/** In float32 between casts: MatMul lacks bfloat16 here, and float16 would be of a class of its own. */
function witness(bound: BoundCase): Uint8Array {
  const geometry = geometryOf(bound);
  const { k, group, dtype, asymmetric } = geometry;
  const model = new ModelBuilder(OPSET);
  for (const input of bound.inputs) if (!input.absent) model.input(input.name, input.dtype, input.shape);
  model.initializer(
    "group_of_k",
    fill("int64", [k], (at) => Math.floor(at / group)),
  );
  const codes = codesOf(model, geometry);
  const centred = asymmetric ? model.node("Sub", [codes, spread(model, "zero_points", "int32")], "centred") : codes;
  const real = model.node("Cast", [centred], "real", { to: { dtype: "float32" } });
  const weights = model.node("Mul", [real, spread(model, "scales", "float32")], "weights");
  const turned = model.node("Transpose", [weights], "turned", { perm: [1, 0] });
  const x = model.node("Cast", ["x"], "x_wide", { to: { dtype: "float32" } });
  model.node("Cast", [model.node("MatMul", [x, turned], "y_wide")], "y", { to: { dtype } });
  for (const output of bound.outputs) model.output(output.name, output.dtype, output.shape);
  return model.build();
}

function given(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`'${name}' is absent`);
  return tensor;
}

/** The weights as MatMulNBits wants them: unsigned codes in whole blocks of `group`, zero points packed like codes. */
function blocks(geometry: Geometry, inputs: Tensors): { readonly w: Tensor; readonly zeroPoints: Tensor } {
  const { n, k, group, groups, asymmetric } = geometry;
  const bytes = given(inputs, "w").elements;
  if (!(bytes instanceof Uint8Array)) throw new TypeError("'w' must be a uint8 tensor");
  const signed = unpack(bytes, geometry);
  const unsigned = (values: (row: number, column: number) => number, columns: number): Uint8Array => {
    const codes = Int8Array.from(
      { length: n * columns },
      (_, at) => values(Math.floor(at / columns), at % columns) + 8,
    );
    return pack(codes, { ...geometry, k: columns, rowBytes: Math.ceil(columns / 2) }, () => 0);
  };
  const zeros = asymmetric ? toFloat64(given(inputs, "zero_points")) : new Float64Array(n * groups);
  const padded = unsigned((row, at) => (at < k ? (signed[row * k + at] ?? 0) : 0), groups * group);
  const packedZeros = unsigned((row, g) => zeros[row * groups + g] ?? 0, groups);
  return {
    w: { dtype: "uint8", shape: [n, groups, group / 2], elements: padded },
    zeroPoints: { dtype: "uint8", shape: [n * Math.ceil(groups / 2)], elements: packedZeros },
  };
}

/** com.microsoft MatMulNBits in float16; the default accuracy_level, which does not quantize x. */
function baseline(bound: BoundCase, inputs: Tensors): OnnxBaseline {
  const geometry = geometryOf(bound);
  const { m, n, k, group, dtype } = geometry;
  const { w, zeroPoints } = blocks(geometry, inputs);
  const scales = given(inputs, "scales");
  const model = new ModelBuilder(OPSET);
  model.domain("com.microsoft", 1);
  const operands = [
    model.input("x", dtype, [m, k]),
    model.initializer("w_blocks", w),
    model.initializer("scales", scales),
    model.initializer("zero_points", zeroPoints),
  ];
  model.node("MatMulNBits", operands, "y", { K: k, N: n, bits: 4, block_size: group }, "com.microsoft");
  model.output("y", dtype, [m, n]);
  return { name: "onnxruntime MatMulNBits", run: model.build() };
}

/** The ONNX models of dequant_gemm_int4. */
export const reference: OnnxReference = {
  witness,
  // MatMulNBits has no bfloat16 on CPUs.
  baselines: (bound, inputs) => (geometryOf(bound).dtype === "float16" ? [baseline(bound, inputs)] : []),
};
