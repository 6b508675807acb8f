// Takes the model of a submission in the dialect onnx, gives what is wrong with it: bytes and graph by the reader of onnx/, then its inputs
// and outputs against the op's. ONNX Runtime sees only what passes here.
import type { DType } from "../../domain/dtype.ts";
import type { Op } from "../../domain/op.ts";
import type { Problem } from "../../domain/problem.ts";
import type { SubmissionManifest } from "../../domain/submission.ts";
import { type Manifest, nearest, oneOf } from "../../manifest.ts";
import { dtypeOf } from "../../onnx/dtype.ts";
import { type Model, readModel } from "../../onnx/reader.ts";
import { atName } from "../../onnx/refusal.ts";
import type { ModelValue } from "../../onnx/type.ts";

type Tensors = Op["inputs"];
type Supports = SubmissionManifest["supports"];

/** The dtypes that an argument may have. */
function allowedDTypes(dtype: string, op: Op, supports: Supports): readonly string[] {
  return supports.dtypes[dtype] ?? op.dtypes[dtype] ?? [dtype];
}

class Signature {
  readonly problems: Problem[] = [];
  private readonly file: string;
  private readonly op: Op;
  private readonly supports: Supports;
  /** What the model takes for each dtype variable. */
  private readonly bound = new Map<string, DType>();

  constructor(file: string, op: Op, supports: Supports) {
    this.file = file;
    this.op = op;
    this.supports = supports;
  }

  private wrong(name: string, message: string, fix: string): void {
    this.problems.push(atName(this.file, "MODEL_SIGNATURE", name, message, fix));
  }

  /** Checks the model's values of one direction against the op's. */
  check(what: "input" | "output", values: readonly ModelValue[], specs: Tensors): void {
    const known = Object.keys(specs);
    for (const value of values) {
      const spec = specs[value.name];
      const label = `graph ${what} '${value.name}'`;
      if (spec !== undefined) {
        this.value(label, value, spec);
        continue;
      }
      const near = nearest(value.name, known);
      const fix = near === undefined ? `name it as the op does: ${oneOf(known)}` : `did you mean '${near}'?`;
      this.wrong(label, `${this.op.op} has no ${what} of that name`, fix);
    }
    const there = new Set(values.map(({ name }) => name));
    for (const [name, { optional, dtype, shape }] of Object.entries(specs)) {
      if (optional || there.has(name)) continue;
      const fix = `add it: ${oneOf(allowedDTypes(dtype, this.op, this.supports))}, ${shape.length} axes`;
      this.wrong(`graph ${what} '${name}'`, "the model does not have it", fix);
    }
  }

  private value(label: string, { type, shape, form }: ModelValue, spec: Tensors[string]): void {
    if (form !== "tensor") {
      this.wrong(label, `it is ${form === "none" ? "nothing" : `a ${form}`}`, "make it a tensor");
      return;
    }
    const allowed = allowedDTypes(spec.dtype, this.op, this.supports);
    const dtype = type === null ? undefined : dtypeOf(type);
    if (dtype === undefined || !allowed.includes(dtype))
      this.wrong(label, `its element type is ${type?.name ?? "not said"}`, `use ${oneOf(allowed)}`);
    else this.variable(label, spec.dtype, dtype, allowed);
    if (shape !== null && shape.length !== spec.shape.length) {
      const wanted = `[${spec.shape.join(", ")}]`;
      this.wrong(label, `it has ${shape.length} axes`, `${this.op.op} has ${spec.shape.length}: ${wanted}`);
    }
  }

  /** A model has one dtype for each variable of the op: all its values share it, and `supports` names no other. */
  private variable(label: string, name: string, dtype: DType, allowed: readonly string[]): void {
    if (this.op.dtypes[name] === undefined) return;
    const before = this.bound.get(name);
    if (before !== undefined && before !== dtype)
      this.wrong(label, `it is ${dtype} where others of dtype ${name} are ${before}`, "give them one dtype");
    else if (before === undefined && allowed.length > 1) {
      const fix = `write supports: {dtypes: {${name}: [${dtype}]}}; one submission for each dtype`;
      this.wrong(label, `a model has one dtype, and ${name} may be ${oneOf(allowed)}`, fix);
    }
    this.bound.set(name, dtype);
  }
}

function signatureProblems(model: Model, file: string, op: Op, supports: Supports): Problem[] {
  const signature = new Signature(file, op, supports);
  signature.check("input", model.inputs, op.inputs);
  signature.check("output", model.outputs, op.outputs);
  return signature.problems;
}

/**
 * Checks a submitted model.
 * @param file its path as people know it
 * @param op undefined where the manifest names none that is known
 */
export function modelProblems(
  manifest: Manifest<SubmissionManifest>,
  bytes: Uint8Array,
  file: string,
  op: Op | undefined,
): readonly Problem[] {
  const { source, supports } = manifest.value;
  if (source.files.length > 1) {
    const message = `a submission in onnx is one model, and ${source.files.length} files are named`;
    return [manifest.problem("VALUE_INVALID", ["source", "files", 1], message, "name the model only")];
  }
  const read = readModel(bytes, { file });
  if (!read.ok) return read.problems;
  return op === undefined ? [] : signatureProblems(read.value, file, op, supports);
}
