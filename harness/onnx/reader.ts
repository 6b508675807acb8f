// Reads a model that anybody may have written: either everything about it holds, or it is refused with every reason. Nothing that it contains
// makes this throw, recurse without bound, or take more than a small multiple of its bytes. ONNX Runtime sees only what passed here.
import type { onnx } from "onnx-proto";
import type protobuf from "protobufjs";
import type { Checked, Problem } from "../domain/problem.ts";
import { checkFunctions, functionKey } from "./functions.ts";
import { domainOf, GraphRules } from "./graph.ts";
import { MODEL_LIMITS, type ModelLimits } from "./limits.ts";
import { atByte, atName, quoted } from "./refusal.ts";
import { scan } from "./scan.ts";
import { messageType, ruleOf } from "./schema.ts";
import { integerOf } from "./tensor.ts";
import { type ModelValue, modelValue } from "./type.ts";

/** The newest IR version that onnx.proto describes, and the oldest with operator sets. */
const IR_VERSIONS = { from: 3, to: 14 } as const;
/** Versions of operator sets are small numbers. */
const LAST_OPSET = 1000;

/** A model that can be given to a runtime. */
export interface Model {
  /** Every field of the current schema. */
  readonly message: protobuf.Message;
  readonly irVersion: number;
  /** Version of each operator set by its domain; the default one is "". */
  readonly opsets: ReadonlyMap<string, number>;
  /** Without those that an initializer gives. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** `domain/operator` of the main graph's nodes, in order. */
  readonly operators: readonly string[];
  /** Whether a node has a `reduction` other than none: ScatterND and its like then compute, otherwise they only move data. */
  readonly reduces: boolean;
}

/** How to read. */
export interface ReadOptions {
  /** The path that people know. */
  readonly file: string;
  readonly limits?: ModelLimits;
}

const WIRE_FIX = "export the model again with onnx 1.23 or older; a damaged download looks like this too";
const LARGE_FIX = "make the model smaller: weights belong into raw_data, and a kernel has few nodes";

/** The decoded model, or the fault of its bytes. */
function decode(bytes: Uint8Array, { file }: ReadOptions, limits: ModelLimits): Checked<protobuf.Message> {
  const refuse = (problem: Problem): Checked<protobuf.Message> => ({ ok: false, problems: [problem] });
  if (bytes.length > limits.bytes) {
    const message = `the model has ${bytes.length.toLocaleString("en")} bytes`;
    return refuse(atByte(file, "MODEL_TOO_LARGE", limits.bytes, message, LARGE_FIX));
  }
  const type = messageType("ModelProto");
  const fault = scan(bytes, ruleOf(type), limits);
  if (fault?.kind === "large") return refuse(atByte(file, "MODEL_TOO_LARGE", fault.byte, fault.message, LARGE_FIX));
  if (fault !== undefined) return refuse(atByte(file, "MODEL_UNREADABLE", fault.byte, fault.message, WIRE_FIX));
  return { ok: true, value: type.decode(bytes) };
}

/** Operator sets by domain; what is wrong with them goes to the rules. */
function opsetsOf(model: onnx.IModelProto, rules: GraphRules): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain, version } of model.opsetImport ?? []) {
    const name = domainOf(domain);
    const number = integerOf(version);
    const label = `opset_import ${quoted(name)}`;
    const invalid = (message: string, fix: string): void => rules.add(label, { code: "MODEL_INVALID", message, fix });
    if (opsets.has(name)) invalid("it is there twice", "import each domain once");
    if (number < 1 || number > LAST_OPSET) invalid(`its version is ${number}`, "use a released version");
    opsets.set(name, number);
  }
  if (opsets.size === 0)
    rules.add("model", { code: "MODEL_INVALID", message: "it imports no operator set", fix: "add opset_import" });
  return opsets;
}

function checkModel(model: onnx.IModelProto, rules: GraphRules, opsets: ReadonlyMap<string, number>): void {
  const invalid = (message: string, fix: string): void => rules.add("model", { code: "MODEL_INVALID", message, fix });
  const version = integerOf(model.irVersion);
  if (version < IR_VERSIONS.from || version > IR_VERSIONS.to)
    invalid(`its IR version is ${version}`, `use ${IR_VERSIONS.from} to ${IR_VERSIONS.to}`);
  if ((model.trainingInfo ?? []).length > 0) invalid("it carries training graphs", "export it for inference");
  if (!model.graph) {
    invalid("it has no graph", "export a model, not a function library or a single tensor");
    return;
  }
  const functions = new Set((model.functions ?? []).map(({ domain, name }) => functionKey(domain, name)));
  rules.graph(model.graph, { domains: new Set(opsets.keys()), functions }, null, null);
  const untyped = [...(model.graph.input ?? []), ...(model.graph.output ?? [])].find(
    (value) => modelValue(value).form === "none",
  );
  if (untyped !== undefined)
    rules.add(`graph value ${quoted(untyped.name ?? "")}`, {
      code: "MODEL_INVALID",
      message: "it has no type",
      fix: "give every graph input and output a type",
    });
}

const utf8 = new TextDecoder();

function reduces({ attribute }: onnx.INodeProto): boolean {
  const reduction = (attribute ?? []).find(({ name }) => name === "reduction")?.s;
  return reduction !== undefined && reduction !== null && utf8.decode(reduction) !== "none";
}

function examine(bytes: Uint8Array, options: ReadOptions): Checked<Model> {
  const limits = options.limits ?? MODEL_LIMITS;
  const decoded = decode(bytes, options, limits);
  if (!decoded.ok) return decoded;
  const model = decoded.value as protobuf.Message & onnx.IModelProto;
  const rules = new GraphRules(options.file, limits);
  const opsets = opsetsOf(model, rules);
  checkModel(model, rules, opsets);
  checkFunctions(model, rules, limits);
  if (rules.problems.length > 0) return { ok: false, problems: rules.problems };
  const given = new Set((model.graph?.initializer ?? []).map(({ name }) => name ?? ""));
  return {
    ok: true,
    value: {
      message: decoded.value,
      irVersion: integerOf(model.irVersion),
      opsets,
      inputs: (model.graph?.input ?? []).filter(({ name }) => !given.has(name ?? "")).map(modelValue),
      outputs: (model.graph?.output ?? []).map(modelValue),
      operators: (model.graph?.node ?? []).map(({ domain, opType }) => functionKey(domain, opType)),
      reduces: (model.graph?.node ?? []).some(reduces),
    },
  };
}

/** Reads a model, or refuses it with every reason. Never throws. */
export function readModel(bytes: Uint8Array, options: ReadOptions): Checked<Model> {
  try {
    return examine(bytes, options);
  } catch (error) {
    // What passed the scan decodes; should a reader of protobuf disagree, the model is refused all the same.
    const message = `it cannot be decoded: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, problems: [atName(options.file, "MODEL_UNREADABLE", "model", message, WIRE_FIX)] };
  }
}
