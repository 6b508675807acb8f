// Takes the tar file of an export, gives its cases. The file is ours, but a damaged one must be told from a good one.
import { createHash } from "node:crypto";

/** One official test as it was exported. */
export interface ExportedCase {
  /** As onnx names it, for example `test_conv_with_autopad_same`. */
  readonly name: string;
  readonly model: Uint8Array;
  /** Messages in the order of the graph's inputs and outputs. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** Bytes of a tar block: headers take one, contents are padded to whole ones. */
const BLOCK = 512;

const ascii = new TextDecoder("latin1");

/** A field of a header up to its first NUL. */
function field(header: Uint8Array, from: number, bytes: number): string {
  const end = header.indexOf(0, from);
  return ascii.decode(header.subarray(from, end >= from && end < from + bytes ? end : from + bytes));
}

/** Files of a tar archive (POSIX ustar) in order, without copies. @throws RangeError when it is cut off or no tar file */
function* filesOf(tar: Uint8Array): Generator<readonly [name: string, content: Uint8Array]> {
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header[0] === 0) return;
    const size = Number.parseInt(field(header, 124, 12), 8);
    const content = at + BLOCK;
    if (field(header, 257, 5) !== "ustar" || !(size >= 0) || content + size > tar.length)
      throw new RangeError(`the export is damaged at byte ${at}`);
    const [name, prefix] = [field(header, 0, 100), field(header, 345, 155)];
    yield [prefix === "" ? name : `${prefix}/${name}`, tar.subarray(content, content + size)];
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new RangeError("the export has no end");
}

const PART = /^([^/]+)\/(?:(model)\.onnx|test_data_set_0\/(input|output)_(\d+)\.pb)$/;

/** The cases of an export, in its order. @throws RangeError when it is damaged */
export function casesOf(tar: Uint8Array): ExportedCase[] {
  const cases = new Map<string, { model: Uint8Array; inputs: Uint8Array[]; outputs: Uint8Array[] }>();
  for (const [path, content] of filesOf(tar)) {
    const [, name = "", model, role, index = ""] = PART.exec(path) ?? [];
    if (name === "") throw new RangeError(`the export has a file '${path}'`);
    const one = cases.get(name) ?? { model: new Uint8Array(), inputs: [], outputs: [] };
    cases.set(name, one);
    if (model !== undefined) one.model = content;
    else one[role === "input" ? "inputs" : "outputs"][Number(index)] = content;
  }
  return [...cases].map(([name, parts]) => ({ name, ...parts }));
}

/** sha256 of a case: of the model and inputs (`asked`), and of those with the expected outputs (`whole`). */
export function digestsOf({ model, inputs, outputs }: ExportedCase): {
  readonly asked: string;
  readonly whole: string;
} {
  const hash = createHash("sha256");
  const add = (part: Uint8Array): void => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(part.length));
    hash.update(length).update(part);
  };
  add(model);
  inputs.forEach(add);
  const asked = hash.copy().digest("hex");
  outputs.forEach(add);
  return { asked, whole: hash.digest("hex") };
}
