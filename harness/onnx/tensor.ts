// Tensors in models and files: what makes one refusable, and its elements in the layout of raw_data whatever field they were written in.
import type { onnx } from "onnx-proto";
import { bytesOfElements, type ElementType, elementType } from "./element.ts";
import type { ModelProblemCode } from "./refusal.ts";

/** Largest tensor: what a signed 32-bit size holds, as protobuf's own limit of a file. */
const LARGEST_TENSOR = 2 ** 31 - 1;
/** Most axes. Shapes are copied at every step of a runtime. */
const MOST_AXES = 64;

/** What is wrong with a part of a model; its place is known to the caller. */
export interface Fault {
  readonly code: ModelProblemCode;
  readonly message: string;
  readonly fix: string;
}

/** What protobufjs gives for 64 bits: two halves. */
interface Long {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

/** An integer of protobuf as a number. Beyond 2^53 it is near the value, which is all that limits ask. */
export function integerOf(value: number | Long | null | undefined): number {
  if (typeof value === "number") return value;
  if (value === null || value === undefined) return 0;
  return (value.unsigned ? value.high >>> 0 : value.high) * 2 ** 32 + (value.low >>> 0);
}

/** What is wrong with extents, or undefined. `limit` is the largest product. */
export function shapeFault(extents: readonly number[], limit: number): Fault | undefined {
  const code = "MODEL_INVALID";
  const negative = extents.find((extent) => extent < 0);
  if (negative !== undefined)
    return { code, message: `an extent is ${negative}`, fix: "write extents of 0 or more; leave an unknown one out" };
  if (extents.length > MOST_AXES)
    return { code: "MODEL_TOO_LARGE", message: `it has ${extents.length} axes`, fix: `use at most ${MOST_AXES}` };
  // An empty tensor may name any other extent.
  const count = extents.includes(0) ? Math.max(...extents) : extents.reduce((product, extent) => product * extent, 1);
  if (count <= limit) return undefined;
  const message = `its extents ${extents.join(" x ")} are more than ${limit.toLocaleString("en")} elements`;
  return { code: "MODEL_TOO_LARGE", message, fix: "use a smaller tensor" };
}

type DataField = "floatData" | "doubleData" | "int32Data" | "int64Data" | "uint64Data" | "stringData";
const FIELDS: readonly DataField[] = ["floatData", "doubleData", "int32Data", "int64Data", "uint64Data", "stringData"];

/** The field that holds elements of a type when raw_data does not (onnx.proto, TensorProto). */
function fieldOf(type: ElementType): DataField {
  if (type.kind === "string") return "stringData";
  if (type.name === "float" || type.name === "complex64") return "floatData";
  if (type.name === "double" || type.name === "complex128") return "doubleData";
  if (type.name === "int64") return "int64Data";
  return type.name === "uint32" || type.name === "uint64" ? "uint64Data" : "int32Data";
}

/** Entries that a typed field has for `count` elements. */
function entriesOf(type: ElementType, count: number): number {
  if (type.kind === "complex") return 2 * count;
  return type.bits === 4 || type.bits === 2 ? bytesOfElements(type, count) : count;
}

function externalFault(tensor: onnx.ITensorProto): Fault | undefined {
  if (tensor.dataLocation !== 1 && (tensor.externalData ?? []).length === 0) return undefined;
  const location = (tensor.externalData ?? []).find(({ key }) => key === "location")?.value ?? "";
  const outside = location.startsWith("/") || location.split(/[/\\]/).includes("..");
  const where = outside ? `, outside the model's folder` : "";
  const message = `its data lies in another file, '${location.slice(0, 80)}'${where}`;
  return { code: "MODEL_EXTERNAL", message, fix: "store the data in the model itself, as raw_data" };
}

/** Number of elements by its dims. */
export function countOf(tensor: onnx.ITensorProto): number {
  return (tensor.dims ?? []).reduce<number>((product, extent) => product * integerOf(extent), 1);
}

function contentFault(tensor: onnx.ITensorProto, type: ElementType): Fault | undefined {
  const fault = (message: string, fix: string): Fault => ({ code: "MODEL_INVALID", message, fix });
  const count = countOf(tensor);
  const used = FIELDS.filter((field) => (tensor[field] ?? []).length > 0);
  const raw = tensor.rawData?.length ?? 0;
  if (used.length + (raw > 0 ? 1 : 0) > 1)
    return fault(`it has elements in ${["raw_data", ...used].slice(raw > 0 ? 0 : 1).join(" and ")}`, "write them once");
  const own = fieldOf(type);
  if (raw > 0 || used.length === 0) {
    if (type.kind === "string" && raw > 0) return fault("strings cannot lie in raw_data", "write them as string_data");
    const wanted = type.kind === "string" ? 0 : bytesOfElements(type, count);
    if (type.kind === "string" ? count > 0 : raw !== wanted)
      return fault(`it has ${raw} bytes where ${count} elements of ${type.name} take ${wanted}`, "write all of them");
    return undefined;
  }
  const wanted = entriesOf(type, count);
  const found = (tensor[own] ?? []).length;
  if (used[0] !== own) return fault(`elements of ${type.name} lie in ${used[0] ?? ""}`, `write them as ${own}`);
  return found === wanted ? undefined : fault(`it has ${found} entries where ${wanted} belong`, "write all of them");
}

/** What is wrong with a tensor, or undefined. */
export function tensorFault(tensor: onnx.ITensorProto): Fault | undefined {
  const type = elementType(tensor.dataType ?? 0);
  if (type === undefined) {
    const message = `its element type is ${tensor.dataType ?? 0}, which ONNX 1.23 does not know`;
    return { code: "MODEL_INVALID", message, fix: "use a number of TensorProto.DataType" };
  }
  const perElement = Math.max(1, type.bits / 8);
  const shape = shapeFault(
    (tensor.dims ?? []).map((extent) => integerOf(extent)),
    Math.floor(LARGEST_TENSOR / perElement),
  );
  if (shape !== undefined) return shape;
  const external = externalFault(tensor);
  if (external !== undefined) return external;
  if (tensor.segment !== null && tensor.segment !== undefined)
    return { code: "MODEL_INVALID", message: "it is one segment of a tensor", fix: "store the whole tensor" };
  return contentFault(tensor, type);
}

/** Six-bit elements packed as raw_data holds them: four in three bytes, the first in the lowest bits. */
function packSix(values: readonly number[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil((values.length * 6) / 8));
  values.forEach((value, index) => {
    const first = index * 6;
    const pattern = (value & 0x3f) << (first & 7);
    packed[first >>> 3] = (packed[first >>> 3] ?? 0) | (pattern & 0xff);
    if (pattern > 0xff) packed[(first >>> 3) + 1] = (packed[(first >>> 3) + 1] ?? 0) | (pattern >> 8);
  });
  return packed;
}

function typedBytes(tensor: onnx.ITensorProto, type: ElementType): ArrayBufferView {
  switch (fieldOf(type)) {
    case "floatData":
      return Float32Array.from(tensor.floatData ?? []);
    case "doubleData":
      return Float64Array.from(tensor.doubleData ?? []);
    case "int64Data":
      return BigInt64Array.from(tensor.int64Data ?? [], (value) => BigInt(String(value)));
    case "uint64Data": {
      const values = tensor.uint64Data ?? [];
      if (type.bits === 32) return Uint32Array.from(values, integerOf);
      return BigUint64Array.from(values, (value) => BigInt(String(value)));
    }
    case "stringData":
      throw new RangeError("strings have no bytes of raw_data");
    case "int32Data": {
      const values = tensor.int32Data ?? [];
      if (type.bits === 32) return Int32Array.from(values);
      if (type.bits === 16) return Uint16Array.from(values);
      return type.bits === 6 ? packSix(values) : Uint8Array.from(values);
    }
  }
}

/** The elements of a faultless tensor of numbers, in the layout of raw_data. */
export function bytesOfTensor(tensor: onnx.ITensorProto, type: ElementType): Uint8Array {
  if (tensor.rawData !== null && tensor.rawData !== undefined && tensor.rawData.length > 0) return tensor.rawData;
  const typed = typedBytes(tensor, type);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}
