// The rules of a graph: names are there once and before they are read, tensors hold what they say, attributes are what their type says.
import type { onnx } from "onnx-proto";
import type { Problem } from "../domain/problem.ts";
import { attributeFault } from "./attribute.ts";
import type { ModelLimits } from "./limits.ts";
import { Scope } from "./order.ts";
import { atName, quoted } from "./refusal.ts";
import { sparseFault } from "./sparse.ts";
import { type Fault, tensorFault } from "./tensor.ts";
import { typeFault } from "./type.ts";

/** Problems told of one model: what follows is mostly the same again. */
const MOST_PROBLEMS = 20;
/** Names shown of a cycle. */
const SHOWN = 5;

/** Domains, and functions of the model, that nodes may name. */
export interface Operators {
  /** Imported domains; the default one is "". */
  readonly domains: ReadonlySet<string>;
  /** `domain/name` of the model's functions. */
  readonly functions: ReadonlySet<string>;
}

/** The default domain has two names. */
export function domainOf(name: string | null | undefined): string {
  return name === "ai.onnx" ? "" : (name ?? "");
}

/** A node in words: its name or its number, and its operator. */
function nodeLabel(node: onnx.INodeProto, index: number): string {
  const name = node.name ?? "";
  return `node ${name === "" ? index : quoted(name)} (${quoted(node.opType ?? "").slice(1, -1)})`;
}

/** Checks graphs and collects what is wrong. */
export class GraphRules {
  readonly problems: Problem[] = [];
  private readonly file: string;
  private readonly limits: ModelLimits;

  constructor(file: string, limits: ModelLimits) {
    this.file = file;
    this.limits = limits;
  }

  /** Nothing more is looked at. */
  full(): boolean {
    return this.problems.length >= MOST_PROBLEMS;
  }

  add(name: string, fault: Fault | undefined): void {
    if (fault === undefined || this.full()) return;
    this.problems.push(atName(this.file, fault.code, name, fault.message, fault.fix));
  }

  private wrong(name: string, message: string, fix: string): void {
    this.add(name, { code: "MODEL_INVALID", message, fix });
  }

  /** Adds a list of names to a scope, each once. */
  private declare(what: string, names: readonly string[], scope: Scope, known: ReadonlySet<string>): void {
    const seen = new Set<string>();
    for (const name of names) {
      if (name === "") this.wrong(what, "one has no name", "name it");
      else if (seen.has(name)) this.wrong(`${what} ${quoted(name)}`, "it is there twice", "rename one of them");
      else if (scope.has(name) && !known.has(name))
        this.wrong(`${what} ${quoted(name)}`, "the name is taken in a graph around it", "rename it");
      seen.add(name);
      scope.add(name);
    }
  }

  private values(what: string, values: readonly onnx.IValueInfoProto[]): void {
    for (const { name, type } of values)
      if (type) this.add(`${what} ${quoted(name ?? "")}`, typeFault(type, this.limits.elements));
  }

  /** Checks a graph with those inside it. `references`: what attributes may refer to within a function. */
  graph(
    graph: onnx.IGraphProto,
    operators: Operators,
    outer: Scope | null,
    references: ReadonlySet<string> | null,
  ): void {
    const nodes = graph.node ?? [];
    const scope = new Scope(outer, nodes);
    const inputs = (graph.input ?? []).map(({ name }) => name ?? "");
    this.declare("graph input", inputs, scope, new Set());
    const sparse = graph.sparseInitializer ?? [];
    const initializers = [...(graph.initializer ?? []), ...sparse.map(({ values }) => values ?? {})];
    // An initializer may be the default of an input.
    const names = initializers.map(({ name }) => name ?? "");
    this.declare("initializer", names, scope, new Set(inputs));
    for (const tensor of graph.initializer ?? [])
      this.add(`initializer ${quoted(tensor.name ?? "")}`, tensorFault(tensor));
    for (const tensor of sparse)
      this.add(`initializer ${quoted(tensor.values?.name ?? "")}`, sparseFault(tensor, this.limits.elements));
    this.values("graph input", graph.input ?? []);
    this.values("graph output", graph.output ?? []);
    this.values("value", graph.valueInfo ?? []);
    this.nodes(nodes, operators, scope, references);
    const outputs = new Set<string>();
    for (const { name } of graph.output ?? []) this.output(name ?? "", scope, outputs);
  }

  /** A graph's or a function's output: named, once, and written by something. */
  output(name: string, scope: Scope, seen: Set<string>): void {
    const what = `graph output ${quoted(name)}`;
    if (name === "" || seen.has(name))
      this.wrong(what, name === "" ? "it has no name" : "it is there twice", "name it");
    else if (!scope.has(name)) this.wrong(what, "nothing writes it", "write it, or remove the output");
    seen.add(name);
  }

  /** Checks nodes in their order, and adds what they write to the scope. */
  nodes(
    nodes: readonly onnx.INodeProto[],
    operators: Operators,
    scope: Scope,
    references: ReadonlySet<string> | null,
  ): void {
    let late = "";
    for (const [index, node] of nodes.entries()) {
      if (this.full()) return;
      const label = nodeLabel(node, index);
      this.operator(label, node, operators);
      for (const input of node.input ?? []) {
        if (input === "" || scope.has(input)) continue;
        if (scope.comes(input)) late ||= `${label} reads ${quoted(input)}`;
        else this.wrong(label, `it reads ${quoted(input)}, which nothing writes`, "write it, or make it an input");
      }
      this.attributes(label, node, operators, scope, references);
      for (const output of node.output ?? []) {
        if (output !== "" && scope.has(output))
          this.wrong(label, `it writes ${quoted(output)}, which is there already`, "give each value a name of its own");
        if (output !== "") scope.add(output);
      }
    }
    if (late !== "") this.disorder(nodes, scope, late);
  }

  private disorder(nodes: readonly onnx.INodeProto[], scope: Scope, late: string): void {
    const cycle = scope.cycle();
    if (cycle.length === 0) {
      this.wrong(late, "it is written only later", "order the nodes so that each comes after those it reads from");
      return;
    }
    const labels = cycle.slice(0, SHOWN).map((index) => nodeLabel(nodes[index] ?? {}, index));
    const more = cycle.length > SHOWN ? ` and ${cycle.length - SHOWN} more` : "";
    this.wrong(
      labels[0] ?? late,
      `the graph is cyclic: ${labels.join(", ")}${more} wait for each other`,
      "break the cycle",
    );
  }

  private operator(label: string, node: onnx.INodeProto, { domains, functions }: Operators): void {
    const domain = domainOf(node.domain);
    if ((node.opType ?? "") === "") this.wrong(label, "it has no operator", "set op_type");
    else if (!domains.has(domain) && !functions.has(`${domain}/${node.opType ?? ""}`))
      this.wrong(label, `its domain ${quoted(domain)} is not imported`, "add it to opset_import");
  }

  private attributes(
    label: string,
    node: onnx.INodeProto,
    operators: Operators,
    scope: Scope,
    references: ReadonlySet<string> | null,
  ): void {
    const seen = new Set<string>();
    for (const attribute of node.attribute ?? []) {
      const name = attribute.name ?? "";
      const what = `${label}, attribute ${quoted(name)}`;
      if (name === "" || seen.has(name))
        this.wrong(what, name === "" ? "it has no name" : "it is there twice", "name each once");
      seen.add(name);
      this.add(what, attributeFault(attribute, references));
      this.contents(what, attribute);
      for (const graph of [attribute.g, ...(attribute.graphs ?? [])])
        if (graph) this.graph(graph, operators, scope, references);
    }
  }

  private contents(what: string, attribute: onnx.IAttributeProto): void {
    for (const tensor of [attribute.t, ...(attribute.tensors ?? [])]) if (tensor) this.add(what, tensorFault(tensor));
    for (const tensor of [attribute.sparseTensor, ...(attribute.sparseTensors ?? [])])
      if (tensor) this.add(what, sparseFault(tensor, this.limits.elements));
    for (const type of [attribute.tp, ...(attribute.typeProtos ?? [])])
      if (type) this.add(what, typeFault(type, this.limits.elements));
  }
}
