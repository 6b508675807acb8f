// Types of graph inputs and outputs: what makes one refusable, and what a tensor's type says.
import type { onnx } from "onnx-proto";
import { type ElementType, elementType } from "./element.ts";
import { type Fault, integerOf, shapeFault } from "./tensor.ts";

/** TypeProto.Opaque, which onnx-proto's types do not have. */
type AnyType = onnx.ITypeProto & { readonly opaqueType?: object | null };

interface TensorType {
  readonly elemType?: number | null;
  readonly shape?: onnx.ITensorShapeProto | null;
}

const invalid = (message: string, fix: string): Fault => ({ code: "MODEL_INVALID", message, fix });

/** Fixed extents; null for one that is named or unknown. */
function extentsOf(shape: onnx.ITensorShapeProto): (number | null)[] {
  return (shape.dim ?? []).map((dim) => (Object.hasOwn(dim, "dimValue") ? integerOf(dim.dimValue) : null));
}

function tensorTypeFault({ elemType, shape }: TensorType, largest: number): Fault | undefined {
  // UNDEFINED is allowed: a subgraph may leave the type to inference.
  if ((elemType ?? 0) !== 0 && elementType(elemType ?? 0) === undefined)
    return invalid(`its element type is ${elemType ?? 0}, which ONNX 1.23 does not know`, "use TensorProto.DataType");
  if (shape === null || shape === undefined) return undefined;
  return shapeFault(
    extentsOf(shape).filter((extent) => extent !== null),
    largest,
  );
}

/** What is wrong with a type, or undefined. `largest` is the most elements that its fixed extents may multiply to. */
export function typeFault(type: AnyType, largest: number): Fault | undefined {
  const tensor = type.tensorType ?? type.sparseTensorType;
  if (tensor) return tensorTypeFault(tensor, largest);
  const inner = type.sequenceType ?? type.optionalType;
  if (inner) return inner.elemType ? typeFault(inner.elemType, largest) : undefined;
  if (type.mapType) {
    const { keyType, valueType } = type.mapType;
    const key = elementType(keyType ?? 0);
    if (key?.kind !== "integer" && key?.kind !== "string")
      return invalid(`the keys of its map are of type ${keyType ?? 0}`, "use an integer type or strings");
    return valueType ? typeFault(valueType, largest) : undefined;
  }
  if (type.opaqueType) return invalid("it is opaque", "use a tensor, sequence, map or optional type");
  return undefined;
}

/** What a graph input or output is, for those who bind it. */
export interface ModelValue {
  readonly name: string;
  /** null for what is no tensor, or has no element type. */
  readonly type: ElementType | null;
  /** null: the rank is not said; an extent is null where it is not fixed. */
  readonly shape: readonly (number | null)[] | null;
  /** As in ONNX's words: tensor, sequence, optional, map, sparse. */
  readonly form: "tensor" | "sequence" | "optional" | "map" | "sparse" | "none";
}

function formOf(type: AnyType): ModelValue["form"] {
  if (type.tensorType) return "tensor";
  if (type.sequenceType) return "sequence";
  if (type.optionalType) return "optional";
  if (type.mapType) return "map";
  return type.sparseTensorType ? "sparse" : "none";
}

/** Reads a graph input or output. */
export function modelValue({ name, type }: onnx.IValueInfoProto): ModelValue {
  const tensor = type?.tensorType;
  return {
    name: name ?? "",
    type: elementType(tensor?.elemType ?? 0) ?? null,
    shape: tensor?.shape ? extentsOf(tensor.shape) : null,
    form: type ? formOf(type) : "none",
  };
}
