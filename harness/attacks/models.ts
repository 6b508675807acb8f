// Models in ONNX as submissions: the honest one of silu_and_mul, and those that want more than to compute.
import { encodeModel } from "../onnx/codec.ts";

type ModelProto = Parameters<typeof encodeModel>[0];
type GraphProto = NonNullable<ModelProto["graph"]>;
type NodeProto = NonNullable<GraphProto["node"]>[number];
type AttributeProto = NonNullable<NodeProto["attribute"]>[number];
type TensorProto = NonNullable<GraphProto["initializer"]>[number];
type ValueInfoProto = NonNullable<GraphProto["input"]>[number];

const FLOAT = 1;
const INT64 = 7;

/** Rows and columns are any: a submission meets several shapes. */
const value = (name: string, columns: string): ValueInfoProto => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: "rows" }, { dimParam: columns }] } } },
});

const integers = (name: string, values: readonly number[], dims: readonly number[]): TensorProto => ({
  name,
  dataType: INT64,
  dims: [...dims],
  rawData: new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer),
});

const node = (
  opType: string,
  input: readonly string[],
  output: string,
  attribute: readonly AttributeProto[] = [],
): NodeProto => ({
  opType,
  name: `${opType}_${output}`,
  input: [...input],
  output: [output],
  attribute: [...attribute],
});

const axis = (at: number): AttributeProto => ({ name: "axis", type: 2, i: at });

/** x as [rows, 2, D], its halves, silu of the first times the second. */
const honestNodes = (from: string, to: string): readonly NodeProto[] => [
  node("Reshape", [from, "halves"], "pairs"),
  node("Gather", ["pairs", "first"], "gate", [axis(1)]),
  node("Gather", ["pairs", "second"], "up", [axis(1)]),
  node("Neg", ["gate"], "minus"),
  node("Exp", ["minus"], "power"),
  node("Add", ["power", "one"], "sum"),
  node("Div", ["gate", "sum"], "silu"),
  node("Mul", ["silu", "up"], to),
];

const CONSTANTS: readonly TensorProto[] = [
  integers("halves", [0, 2, -1], [3]),
  integers("first", [0], []),
  integers("second", [1], []),
  { name: "one", dataType: FLOAT, dims: [], rawData: new Uint8Array(new Float32Array([1]).buffer) },
];

interface Parts {
  /** Nodes before the honest ones, and what these then take for x. */
  readonly nodes?: readonly NodeProto[];
  readonly from?: string;
  /** Nodes behind them, which make y from `product`. */
  readonly last?: readonly NodeProto[];
  readonly constants?: readonly TensorProto[];
  readonly domains?: readonly string[];
}

function modelOf({ nodes = [], from = "x", last = [], constants = [], domains = [] }: Parts): Uint8Array {
  const chain = honestNodes(from, last.length === 0 ? "y" : "product");
  return encodeModel({
    irVersion: 8,
    producerName: "openxpu",
    opsetImport: [{ domain: "", version: 17 }, ...domains.map((domain) => ({ domain, version: 1 }))],
    graph: {
      name: "kernel",
      node: [...nodes, ...chain, ...last],
      input: [value("x", "columns")],
      output: [value("y", "half")],
      initializer: [...CONSTANTS, ...constants],
    },
  });
}

/** A loop whose condition stays true: `max` trips, each of which does nothing. */
function endlessLoop(): Uint8Array {
  const flag = (name: string): ValueInfoProto => ({
    name,
    type: { tensorType: { elemType: 9, shape: { dim: [] } } },
  });
  const body: GraphProto = {
    name: "body",
    node: [node("Identity", ["going"], "goes_on"), node("Identity", ["carried"], "carries")],
    input: [
      { name: "trip", type: { tensorType: { elemType: INT64, shape: { dim: [] } } } },
      flag("going"),
      value("carried", "half"),
    ],
    output: [flag("goes_on"), value("carries", "half")],
  };
  return modelOf({
    from: "spun",
    constants: [
      integers("trips", [Number.MAX_SAFE_INTEGER], []),
      { name: "always", dataType: 9, dims: [], rawData: new Uint8Array([1]) },
    ],
    nodes: [node("Loop", ["trips", "always", "x"], "spun", [{ name: "body", type: 5, g: body }])],
  });
}

/** An initializer whose bytes lie in a file beside the model, or far from it. */
const external = (location: string): Uint8Array =>
  modelOf({
    constants: [
      {
        name: "taken",
        dataType: 3,
        dims: [64],
        dataLocation: 1,
        externalData: [{ key: "location", value: location }],
      },
    ],
    nodes: [node("Identity", ["taken"], "unused")],
  });

/** A graph in a graph in a graph. */
function nested(depth: number): GraphProto {
  const inner = depth === 0 ? [] : [node("If", ["c"], "o", [{ name: "then_branch", type: 5, g: nested(depth - 1) }])];
  return { name: `g${depth}`, node: inner, input: [], output: [value("o", "half")], initializer: [] };
}

/** The models by name. @throws never; what is wrong with them is what validation must find */
export const MODELS: Readonly<Record<string, () => Uint8Array>> = {
  honest: () => modelOf({}),
  data_outside: () => external("../../../../../../etc/passwd"),
  data_absolute: () => external("/etc/passwd"),
  foreign_domain: () =>
    modelOf({ domains: ["evil.example"], nodes: [{ ...node("Exec", ["x"], "taken"), domain: "evil.example" }] }),
  python_domain: () =>
    modelOf({
      domains: ["ai.onnx.contrib"],
      nodes: [{ ...node("PyCustomOpDef_run", ["x"], "taken"), domain: "ai.onnx.contrib" }],
    }),
  endless_loop: endlessLoop,
  huge_initializer: () =>
    modelOf({
      constants: [{ name: "huge", dataType: FLOAT, dims: [2 ** 31, 2 ** 31], rawData: new Uint8Array(4) }],
      nodes: [node("Identity", ["huge"], "unused")],
    }),
  /** Four bytes of model, gigabytes of memory. */
  huge_allocation: () =>
    modelOf({
      constants: [integers("huge", [2 ** 20, 2 ** 14], [2])],
      nodes: [
        node("ConstantOfShape", ["huge"], "filled"),
        node("ReduceSum", ["filled"], "total", [{ name: "keepdims", type: 2, i: 0 }]),
      ],
      last: [node("Add", ["product", "total"], "y")],
    }),
  control_names: () =>
    modelOf({
      nodes: [
        node("Identity", ["x"], "\u001b[2J\u202e</td><script>window.pwned=1</script>\n::error::pwned"),
        node("NoSuchOp\u001b[2J<img src=x onerror=window.pwned=1>", ["x"], "strange"),
      ],
    }),
  nested_graphs: () =>
    modelOf({ nodes: [node("If", ["one"], "deep", [{ name: "then_branch", type: 5, g: nested(30) }])] }),
  cycle: () => modelOf({ nodes: [node("Identity", ["b"], "a"), node("Identity", ["a"], "b")] }),
  junk: () => Uint8Array.from({ length: 4096 }, (_, at) => (at * 2654435761) >>> 13),
  /** Says that it has more than it has. */
  torn: () => modelOf({}).slice(0, 200),
};
