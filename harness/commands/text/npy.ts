// Tensors as .npy (format 1.0 of NumPy's NEP 1); what NumPy lacks as bit patterns: bfloat16 as uint16, 8- and 4-bit types as bytes. Pure.
import type { DType } from "../../domain/dtype.ts";
import { bytesOf, type Tensor } from "../../domain/tensor.ts";

const DESCRIPTION: Record<DType, string> = {
  float16: "<f2",
  bfloat16: "<u2",
  float32: "<f4",
  float64: "<f8",
  int8: "|i1",
  uint8: "|u1",
  int32: "<i4",
  int64: "<i8",
  bool: "|b1",
  float8_e4m3fn: "|u1",
  float8_e5m2: "|u1",
  int4: "|u1",
  uint4: "|u1",
};

/** Header lengths are padded to a multiple of this. */
const ALIGN = 64;

/** The bytes of an .npy file. */
export function npy(tensor: Tensor): Uint8Array {
  const packed = tensor.dtype === "int4" || tensor.dtype === "uint4";
  const dims = packed ? [tensor.elements.length] : tensor.shape;
  const shape = dims.length === 1 ? `${dims[0] ?? 0},` : dims.join(", ");
  const text = `{'descr': '${DESCRIPTION[tensor.dtype]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const unpadded = 10 + text.length + 1;
  const header = `${text}${" ".repeat((ALIGN - (unpadded % ALIGN)) % ALIGN)}\n`;
  const content = bytesOf(tensor);
  const file = new Uint8Array(10 + header.length + content.length);
  file.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length & 0xff, header.length >> 8]);
  file.set(new TextEncoder().encode(header), 10);
  file.set(content, 10 + header.length);
  return file;
}
