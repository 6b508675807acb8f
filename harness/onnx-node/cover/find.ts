// Which of our ops, if any, an official case is.
import { bindCase, type BoundCase, type Op } from "../../domain/op.ts";
import type { Tensors } from "../../domain/oracle.ts";
import { dtypeBytesOf } from "../../domain/dtype.ts";
import { fromBytes, type Tensor } from "../../domain/tensor.ts";
import type { OnnxValue } from "../../onnx/value.ts";
import { parentOf, type ReadyCase } from "../case.ts";
import { attention, byPosition } from "./attention.ts";
import { type Cover, type Finder, nodeCase, product } from "./cover.ts";
import { gemm, matMul } from "./products.ts";
import { dequantizeLinear, quantizeLinear } from "./quantize.ts";
import { rotaryEmbedding } from "./rotary.ts";
import { layerNorm, reduceSum, rmsNorm, softmax } from "./rows.ts";

/** Operators of the default domain that are ops of ours, in whole or in part. */
const FINDERS: Readonly<Record<string, Finder>> = {
  Attention: attention,
  DequantizeLinear: dequantizeLinear,
  Gemm: gemm,
  LayerNormalization: layerNorm,
  MatMul: matMul,
  QuantizeLinear: quantizeLinear,
  RMSNormalization: rmsNorm,
  ReduceSum: reduceSum,
  RotaryEmbedding: rotaryEmbedding,
  Softmax: softmax,
};

/** Ops whose tensors have heads inside positions, where ONNX has them outside. */
const BY_POSITION: readonly string[] = ["flash_attention", "rotary_embedding"];

/** An official case as a case of one of our ops. */
export interface CoveredCase {
  readonly op: Op;
  readonly bound: BoundCase;
  readonly inputs: Tensors;
  /** An executor's outputs, in the order of the official case, as ours. @throws RangeError where one does not fit */
  outputs(values: readonly OnnxValue[]): Tensors;
}

function tensorOf(value: OnnxValue | undefined, name: string, specs: BoundCase["inputs"]): Tensor {
  const spec = specs.find((one) => one.name === name);
  if (spec === undefined || value?.kind !== "tensor") throw new RangeError(`there is no tensor for '${name}'`);
  const count = product(spec.shape);
  if (product(value.shape) !== count || value.bytes.length !== dtypeBytesOf(spec.dtype, count))
    throw new RangeError(`'${name}' has shape [${value.shape.join()}] where [${spec.shape.join()}] is wanted`);
  return fromBytes(spec.dtype, spec.shape, value.bytes);
}

function bind(ready: ReadyCase, cover: Cover, op: Op): CoveredCase {
  const dtypes = Object.fromEntries(
    Object.entries(cover.dtypes).map(([variable, dtype]) => {
      if (dtype === undefined || op.dtypes[variable]?.includes(dtype) !== true)
        throw new RangeError(`${op.op} does not have its element type`);
      return [variable, dtype];
    }),
  );
  const given = Object.entries(cover.inputs).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const names = new Set([...given.map(([name]) => name), ...Object.keys(cover.outputs)]);
  const absent = [...Object.keys(op.inputs), ...Object.keys(op.outputs)].filter((name) => !names.has(name));
  const bound = bindCase(
    op,
    { name: ready.name, axes: { ...cover.axes }, attributes: { ...cover.attributes }, dtypes, absent, tags: [] },
    dtypes,
    false,
  );
  return {
    op,
    bound,
    inputs: Object.fromEntries(given.map(([name, value]) => [name, tensorOf(value, name, bound.inputs)])),
    outputs: (values) =>
      Object.fromEntries(
        Object.entries(cover.outputs).map(([name, at]) => {
          const value = values[at];
          const exchanged = BY_POSITION.includes(op.op) && value?.kind === "tensor";
          const ours = exchanged ? byPosition(value, cover.axes["H"] ?? 1) : value;
          return [name, tensorOf(ours, name, bound.outputs)];
        }),
      ),
  };
}

/**
 * The case of one of our ops that an official case is, or why there is none. An expanded twin is none: its graph rounds after every
 * node, which no numerics class of the op allows.
 */
export function findCover(ready: ReadyCase, ops: ReadonlyMap<string, { readonly value: Op }>): CoveredCase | string {
  if (parentOf(ready.name) !== ready.name) return "it is the body of a function, which rounds after every node";
  const finder = FINDERS[ready.operator.replace(/^\//, "")];
  const seen = finder === undefined ? undefined : nodeCase(ready);
  if (finder === undefined || seen === undefined) return `${ready.operator.replace(/^\//, "")} is no op of ours`;
  const cover = finder(seen);
  if (typeof cover === "string") return cover;
  const op = ops.get(cover.op);
  if (op === undefined) return `${cover.op} is no op of ours`;
  try {
    return bind(ready, cover, op.value);
  } catch (error) {
    // An extent, dtype or constraint outside what the op declares.
    return error instanceof Error ? error.message : String(error);
  }
}
