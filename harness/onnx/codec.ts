// ONNX models to bytes and back, by the current schema read at run time. onnx-proto gives the types: its own generated codec stops at
// ONNX 1.10 and drops fields it does not know when it re-encodes.
import type { onnx } from "onnx-proto";
import type protobuf from "protobufjs";
import { messageType } from "./schema.ts";

/** The bytes of a model. @throws Error when a field has the wrong type */
export function encodeModel(model: onnx.IModelProto): Uint8Array {
  const type = messageType("ModelProto");
  const problem = type.verify(model);
  if (problem !== null) throw new TypeError(`not an ONNX model: ${problem}`);
  return type.encode(type.fromObject(model)).finish();
}

/** A model from bytes that are trusted, every field of the current schema kept. @throws Error when the bytes are no model */
export function decodeModel(bytes: Uint8Array): protobuf.Message {
  return messageType("ModelProto").decode(bytes);
}

/** The bytes of a decoded model again; equal to the original for every model of the official node tests. */
export function reencodeModel(message: protobuf.Message): Uint8Array {
  return messageType("ModelProto").encode(message).finish();
}
