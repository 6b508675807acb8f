// The dtypes of ops as element types of ONNX, and back.
import { type DType, DTYPES } from "../domain/dtype.ts";
import type { ElementType } from "./element.ts";

/** TensorProto.DataType numbers (onnx.proto). */
export const ELEMENT_TYPE: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
  float8_e4m3fn: 17,
  float8_e5m2: 19,
  uint4: 21,
  int4: 22,
};

const BY_CODE: ReadonlyMap<number, DType> = new Map(DTYPES.map((dtype) => [ELEMENT_TYPE[dtype], dtype]));

/** Our name of an element type, undefined where we have none. */
export function dtypeOf(type: ElementType): DType | undefined {
  return BY_CODE.get(type.code);
}
