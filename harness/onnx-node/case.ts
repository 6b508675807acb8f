// A case ready to run: its model read and accepted, its values decoded.
import type { Checked, Problem } from "../domain/problem.ts";
import { type Model, readModel } from "../onnx/reader.ts";
import type { ModelValue } from "../onnx/type.ts";
import { type OnnxValue, readValue, type ValueMessage } from "../onnx/value.ts";
import type { ExportedCase } from "./archive.ts";

/** What runs and what should come out. */
export interface ReadyCase {
  readonly name: string;
  readonly model: Uint8Array;
  /** `domain/operator` that the case is about; its expanded twin has the same. */
  readonly operator: string;
  /** Names and values of the graph's inputs. */
  readonly inputs: readonly (readonly [name: string, value: OnnxValue])[];
  readonly outputs: readonly (readonly [name: string, value: OnnxValue])[];
  /** ScatterND and others move elements only where nothing is reduced into them. */
  readonly reduces: boolean;
}

/** A case that our reader refused. */
export interface RefusedCase {
  readonly name: string;
  readonly operator: string;
  readonly problems: readonly Problem[];
}

const EXPANDED = /_expanded(?:_ver\d+)?$/;

/** The name of the case whose function body this one has inlined, or its own. */
export function parentOf(name: string): string {
  return name.replace(EXPANDED, "");
}

function messageOf(form: ModelValue["form"]): ValueMessage {
  if (form === "sequence") return "SequenceProto";
  return form === "optional" ? "OptionalProto" : "TensorProto";
}

function valuesOf(
  declared: readonly ModelValue[],
  files: readonly Uint8Array[],
): (readonly [name: string, value: OnnxValue])[] {
  return declared.map(({ name, form }, index) => [name, readValue(messageOf(form), files[index] ?? new Uint8Array())]);
}

/** The model of a case, under the name that people see. */
export function modelOf({ name, model }: Pick<ExportedCase, "name" | "model">): Checked<Model> {
  return readModel(model, { file: `${name}/model.onnx` });
}

/** Reads cases of an export. Models are not kept: all of them together are a burden to the collector. */
export class CaseReader {
  private readonly models: ReadonlyMap<string, ExportedCase>;
  private readonly operators = new Map<string, string>();

  /** @param exported all cases: an expanded twin has the operator of its parent */
  constructor(exported: readonly ExportedCase[]) {
    this.models = new Map(exported.map((one) => [one.name, one]));
  }

  /** The operator that a case is about. */
  private operatorOf(name: string, own: Checked<Model>): string {
    const parent = parentOf(name);
    const known = this.operators.get(parent);
    if (known !== undefined) return known;
    const exported = this.models.get(parent);
    const read = parent === name || exported === undefined ? own : modelOf(exported);
    const operator = (read.ok ? read.value.operators[0] : undefined) ?? "unknown";
    this.operators.set(parent, operator);
    return operator;
  }

  /** @throws RangeError when a value file of the export is damaged */
  read(exported: ExportedCase): ReadyCase | RefusedCase {
    const { name, model } = exported;
    const read = modelOf(exported);
    const operator = this.operatorOf(name, read);
    if (!read.ok) return { name, operator, problems: read.problems };
    const { inputs, outputs, reduces } = read.value;
    return {
      name,
      model,
      operator,
      inputs: valuesOf(inputs, exported.inputs),
      outputs: valuesOf(outputs, exported.outputs),
      reduces,
    };
  }
}
