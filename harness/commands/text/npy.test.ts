// Tensors as .npy: a header that NumPy reads, then the bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DTYPES } from "../../domain/dtype.ts";
import { bytesOf, fill, scalar } from "../../domain/tensor.ts";
import { npy } from "./npy.ts";

/** The header's text and the offset of the first element, read as NEP 1 says. */
function headerOf(file: Uint8Array): { text: string; start: number } {
  const length = (file[8] ?? 0) + 256 * (file[9] ?? 0);
  return { text: new TextDecoder().decode(file.subarray(10, 10 + length)), start: 10 + length };
}

describe("an .npy file", () => {
  it("begins with magic and version, its elements at a multiple of 64, then all bytes of the tensor", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...DTYPES), shapes, (dtype, shape) => {
        fc.pre(shape.reduce((product, extent) => product * extent, 1) < 5000);
        const tensor = fill(dtype, shape, (index) => index % 2);
        const file = npy(tensor);
        const { text, start } = headerOf(file);
        expect([...file.subarray(0, 8)]).toEqual([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
        expect([start % 64, text.at(-1)]).toEqual([0, "\n"]);
        expect(Buffer.compare(file.subarray(start), bytesOf(tensor))).toBe(0);
      }),
    );
  });

  it("says its shape as Python does, also of rank 0 and 1", () => {
    const shape = (...extents: number[]): string =>
      /'shape': (\(.*\)), /.exec(headerOf(npy(fill("int8", extents, () => 0))).text)?.[1] ?? "";
    expect([shape(), shape(3), shape(2, 3)]).toEqual(["()", "(3,)", "(2, 3)"]);
  });

  it("names each dtype, and those that NumPy lacks by their bit patterns", () => {
    const names = DTYPES.map((dtype) => /'descr': '(.*?)'/.exec(headerOf(npy(scalar(dtype, 0))).text)?.[1]);
    expect(names).toEqual(["<f2", "<u2", "<f4", "<f8", "|u1", "|u1", "|u1", "|u1", "|i1", "|u1", "<i4", "<i8", "|b1"]);
  });
});
