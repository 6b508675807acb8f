// Cases as the bytes of one tensor, and the answers read back: the format of executors/onnxruntime/batch.py.
import { bytesOfElements, elementType } from "../onnx/element.ts";
import type { OnnxValue } from "../onnx/value.ts";
import type { ReadyCase } from "./case.ts";

/** What the executor did with a case. */
export type Answer =
  | { readonly state: "done"; readonly outputs: readonly OnnxValue[]; readonly ns: number }
  | {
      readonly state: "failed";
      /** Where: making the session, running it, or handing its outputs over. */
      readonly phase: "load" | "run" | "answer";
      /** Class of the executor's exception. */
      readonly kind: string;
      readonly message: string;
    };

/** Alignment of every value, which no element type needs more of. */
const ALIGN = 64;
/** Bytes before the first value: where the text is. */
const HEAD = 64;
/** Text of a case or of an answer, whose message has at most 600 characters. */
const TEXT_BYTES = 1024;

/** A value as the text holds it. */
type Packed =
  | { readonly type: number; readonly shape: readonly number[]; readonly at: readonly [offset: number, bytes: number] }
  | { readonly strings: readonly string[]; readonly shape: readonly number[] }
  | { readonly items: readonly Packed[] }
  | null;

function sizeOf(value: OnnxValue): number {
  if (value.kind === "tensor") return Math.ceil(value.bytes.length / ALIGN + 1) * ALIGN;
  if (value.kind === "strings") return value.texts.reduce((sum, text) => sum + 6 * text.length + 4, TEXT_BYTES);
  return value.kind === "sequence" ? value.items.reduce((sum, item) => sum + sizeOf(item), TEXT_BYTES) : ALIGN;
}

/** Upper bound of the bytes that a case takes on its way in. */
export function bytesIn({ model, inputs }: ReadyCase): number {
  return inputs.reduce((sum, [name, value]) => sum + sizeOf(value) + name.length + 256, model.length + TEXT_BYTES);
}

/** Bytes left for its answer: outputs twice as large as they should be can still be told apart from right ones. */
export function bytesOut({ outputs }: ReadyCase): number {
  return outputs.reduce((sum, [, value]) => sum + 2 * sizeOf(value), TEXT_BYTES);
}

const encoder = new TextEncoder();

/** Writes the cases of one call into `bytes`. @throws RangeError when they do not fit */
export function packCases(cases: readonly ReadyCase[], bytes: Uint8Array): void {
  let used = HEAD;
  const blob = (content: Uint8Array): readonly [number, number] => {
    const offset = used;
    bytes.set(content, offset);
    used = Math.ceil((used + content.length) / ALIGN) * ALIGN;
    return [offset, content.length];
  };
  const pack = (value: OnnxValue): Packed => {
    if (value.kind === "tensor") return { type: value.type.code, shape: value.shape, at: blob(value.bytes) };
    if (value.kind === "strings") return { strings: value.texts, shape: value.shape };
    return value.kind === "sequence" ? { items: value.items.map(pack) } : null;
  };
  const text = encoder.encode(
    JSON.stringify({
      cases: cases.map(({ model, inputs }) => ({
        model: blob(model),
        inputs: inputs.map(([name, value]) => [name, pack(value)]),
      })),
    }),
  );
  bytes.set(text, used);
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  head.setBigUint64(0, BigInt(used), true);
  head.setBigUint64(8, BigInt(text.length), true);
}

/** One case of the answers' text. */
type Told =
  | { readonly outputs: readonly Packed[]; readonly ns: number }
  | { readonly failed: "load" | "run" | "answer"; readonly kind: string; readonly message: string };

function unpack(packed: Packed, bytes: Uint8Array): OnnxValue {
  if (packed === null) return { kind: "none" };
  if ("items" in packed) return { kind: "sequence", items: packed.items.map((item) => unpack(item, bytes)) };
  if ("strings" in packed) return { kind: "strings", shape: packed.shape, texts: packed.strings };
  const type = elementType(packed.type);
  if (type === undefined) throw new RangeError(`an answer has element type ${packed.type}`);
  const [offset, length] = packed.at;
  const count = packed.shape.reduce((product, extent) => product * extent, 1);
  if (offset + length > bytes.length || length !== bytesOfElements(type, count))
    throw new RangeError(`an answer of shape [${packed.shape.join()}] has ${length} bytes at ${offset}`);
  return { kind: "tensor", type, shape: packed.shape, bytes: bytes.subarray(offset, offset + length) };
}

/** The answers of a call, in the order of its cases. @throws when the bytes are no answers */
export function unpackAnswers(bytes: Uint8Array): Answer[] {
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [place, length] = [Number(head.getBigUint64(0, true)), Number(head.getBigUint64(8, true))];
  const text = new TextDecoder().decode(bytes.subarray(place, place + length));
  const { cases } = JSON.parse(text) as { readonly cases: readonly Told[] };
  return cases.map((told) => {
    if ("failed" in told) return { state: "failed", phase: told.failed, kind: told.kind, message: told.message };
    return { state: "done", outputs: told.outputs.map((packed) => unpack(packed, bytes)), ns: told.ns };
  });
}
