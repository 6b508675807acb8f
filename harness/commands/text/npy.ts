// Tensors as .npy (format 1.0 of NumPy's NEP 1); bfloat16, which NumPy lacks, as uint16 bit patterns. Pure.
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
};

/** Header lengths are padded to a multiple of this. */
const ALIGN = 64;

/** The bytes of an .npy file. */
export function npy(tensor: Tensor): Uint8Array {
  const shape = tensor.shape.length === 1 ? `${tensor.shape[0] ?? 0},` : tensor.shape.join(", ");
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
