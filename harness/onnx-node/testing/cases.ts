// Cases for tests: a tar file as the exporter writes it, and cases that are ready to run.
import type { onnx } from "onnx-proto";
import { elementType } from "../../onnx/element.ts";
import { messageType } from "../../onnx/schema.ts";
import { modelBytes, type Parts } from "../../onnx/testing/models.ts";
import type { OnnxValue } from "../../onnx/value.ts";
import type { ExportedCase } from "../archive.ts";
import { CaseReader, type ReadyCase } from "../case.ts";

/** The bytes of a TensorProto. */
export function tensorFile(tensor: onnx.ITensorProto): Uint8Array {
  const type = messageType("TensorProto");
  return Uint8Array.from(type.encode(type.fromObject(tensor)).finish());
}

/** Numbers as a value of a float32 tensor. */
export function floats(values: readonly number[], shape: readonly number[] = [values.length]): OnnxValue {
  return typed(1, new Uint8Array(Float32Array.from(values).buffer), shape);
}

/** Bytes as a value of an element type. */
export function typed(code: number, bytes: Uint8Array, shape: readonly number[]): OnnxValue {
  const type = elementType(code);
  if (type === undefined) throw new Error(`no element type ${code}`);
  return { kind: "tensor", type, shape, bytes };
}

/** A case of the model of modelBytes: x[2, 3] and what y[2, 3] should be. */
export function exportedCase(name: string, parts: Parts = {}, expected = [1, 2, 3, 4, 5, 6]): ExportedCase {
  const numbers = (floatData: number[]): Uint8Array => tensorFile({ dataType: 1, dims: [2, 3], floatData });
  return {
    name,
    model: modelBytes(parts),
    inputs: [numbers([1, 2, 3, 4, 5, 6])],
    outputs: [numbers(expected)],
  };
}

/** A case ready to run, with other outputs and another operator where they are given. */
export function readyCase(name: string, rest: Partial<ReadyCase> = {}): ReadyCase {
  const read = new CaseReader([]).read(exportedCase(name));
  if (!("model" in read)) throw new Error(read.problems.map(({ message }) => message).join("; "));
  return { ...read, ...rest };
}

/** One entry of a tar file (POSIX ustar). */
function entry(path: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(512 + Math.ceil(content.length / 512) * 512);
  const put = (text: string, at: number): void => bytes.set(new TextEncoder().encode(text), at);
  const cut = path.length > 100 ? path.lastIndexOf("/", 100) : -1;
  put(path.slice(cut + 1), 0);
  if (cut > 0) put(path.slice(0, cut), 345);
  put(content.length.toString(8).padStart(11, "0"), 124);
  put("ustar", 257);
  bytes.set(content, 512);
  return bytes;
}

/** A tar file of cases. */
export function tarOf(cases: readonly ExportedCase[]): Uint8Array {
  const parts = cases.flatMap(({ name, model, inputs, outputs }) => [
    entry(`${name}/model.onnx`, model),
    ...inputs.map((file, index) => entry(`${name}/test_data_set_0/input_${index}.pb`, file)),
    ...outputs.map((file, index) => entry(`${name}/test_data_set_0/output_${index}.pb`, file)),
  ]);
  return new Uint8Array(Buffer.concat([...parts, new Uint8Array(1024)]));
}
