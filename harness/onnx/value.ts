// Values in files of their own, as the official tests store them: TensorProto, SequenceProto and OptionalProto.
import type { onnx } from "onnx-proto";
import { type ElementType, elementType } from "./element.ts";
import { ruleOf, messageType } from "./schema.ts";
import { scan } from "./scan.ts";
import { VALUE_LIMITS } from "./limits.ts";
import { bytesOfTensor, integerOf, tensorFault } from "./tensor.ts";

/** A value that goes into a model or comes out of it. */
export type OnnxValue =
  | {
      readonly kind: "tensor";
      readonly type: ElementType;
      readonly shape: readonly number[];
      /** In the layout of raw_data. */
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "strings"; readonly shape: readonly number[]; readonly texts: readonly string[] }
  | { readonly kind: "sequence"; readonly items: readonly OnnxValue[] }
  /** An optional that holds nothing. */
  | { readonly kind: "none" };

/** The messages that hold values. */
export type ValueMessage = "TensorProto" | "SequenceProto" | "OptionalProto";

/** SequenceProto of onnx-data.proto, as far as the official tests use it. */
interface Sequence {
  readonly elemType?: number | null;
  readonly tensorValues?: readonly onnx.ITensorProto[] | null;
  readonly sequenceValues?: readonly Sequence[] | null;
  readonly optionalValues?: readonly Optional[] | null;
}

interface Optional {
  readonly elemType?: number | null;
  readonly tensorValue?: onnx.ITensorProto | null;
  readonly sequenceValue?: Sequence | null;
  readonly optionalValue?: Optional | null;
}

/** Kinds of SequenceProto.DataType and OptionalProto.DataType. */
const KIND = { undefined: 0, tensor: 1, sequence: 3, optional: 5 } as const;

const text = new TextDecoder();

function tensorValue(tensor: onnx.ITensorProto): OnnxValue {
  const type = elementType(tensor.dataType ?? 0);
  const fault = tensorFault(tensor);
  if (type === undefined || fault !== undefined) throw new RangeError(fault?.message ?? "no element type");
  const shape = (tensor.dims ?? []).map(integerOf);
  if (type.kind === "string")
    return { kind: "strings", shape, texts: (tensor.stringData ?? []).map((bytes) => text.decode(bytes)) };
  return { kind: "tensor", type, shape, bytes: bytesOfTensor(tensor, type) };
}

function sequenceValue({ elemType, tensorValues, sequenceValues, optionalValues }: Sequence): OnnxValue {
  if (elemType === KIND.tensor) return { kind: "sequence", items: (tensorValues ?? []).map(tensorValue) };
  if (elemType === KIND.sequence) return { kind: "sequence", items: (sequenceValues ?? []).map(sequenceValue) };
  if (elemType === KIND.optional) return { kind: "sequence", items: (optionalValues ?? []).map(optionalValue) };
  throw new RangeError(`a sequence of kind ${elemType ?? 0} is not read here`);
}

function optionalValue({ elemType, ...held }: Optional): OnnxValue {
  if (elemType === KIND.tensor && held.tensorValue) return tensorValue(held.tensorValue);
  if (elemType === KIND.sequence && held.sequenceValue) return sequenceValue(held.sequenceValue);
  if (elemType === KIND.optional && held.optionalValue) return optionalValue(held.optionalValue);
  if ((elemType ?? 0) === KIND.undefined) return { kind: "none" };
  throw new RangeError(`an optional of kind ${elemType ?? 0} is not read here`);
}

/**
 * A value from the bytes of its message.
 * @throws RangeError for bytes that are no such message, or hold a kind of value (map, sparse tensor) that no official test uses
 */
export function readValue(message: ValueMessage, bytes: Uint8Array): OnnxValue {
  const type = messageType(message);
  const fault = scan(bytes, ruleOf(type), VALUE_LIMITS);
  if (fault !== undefined) throw new RangeError(`byte ${fault.byte}: ${fault.message}`);
  const decoded: unknown = type.decode(bytes);
  if (message === "TensorProto") return tensorValue(decoded as onnx.ITensorProto);
  return message === "SequenceProto" ? sequenceValue(decoded as Sequence) : optionalValue(decoded as Optional);
}
