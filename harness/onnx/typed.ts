// onnx-proto's own codec, where it is lossless: typed classes for models of ONNX 1.10 and older.
// A CommonJS package: Node sees its default export only.
import onnxProto, { type onnx } from "onnx-proto";
import type { Checked } from "../domain/problem.ts";
import { decodeModel, reencodeModel } from "./codec.ts";
import { atName } from "./refusal.ts";

/** The bytes that the current schema writes for a model. */
function canonical(bytes: Uint8Array): Uint8Array {
  return reencodeModel(decodeModel(bytes));
}

/** A model as onnx-proto's own typed classes, or a refusal where they would drop a part of it: they know ONNX 1.10 and older. */
export function typedModel(bytes: Uint8Array, file: string): Checked<onnx.ModelProto> {
  const fix = "read it with readModel, which knows every field of ONNX 1.23";
  const refuse = (message: string): Checked<onnx.ModelProto> => ({
    ok: false,
    problems: [atName(file, "MODEL_LOSSY", "model", message, fix)],
  });
  try {
    const value = onnxProto.onnx.ModelProto.decode(bytes);
    const again = onnxProto.onnx.ModelProto.encode(value).finish();
    // It packs numbers that others write one by one, which is no damage: compared is what the current schema reads of both.
    if (Buffer.compare(canonical(bytes), canonical(again)) === 0) return { ok: true, value };
    return refuse(`onnx-proto would write it again in ${again.length} bytes, of ${bytes.length}, with other content`);
  } catch (error) {
    return refuse(`onnx-proto cannot read it: ${error instanceof Error ? error.message : String(error)}`);
  }
}
