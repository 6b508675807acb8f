// Functions of a model: each defined once, none that calls itself by whatever way, and not more nodes than the limit once every call is
// replaced by its body. A runtime replaces them before it runs.
import type { onnx } from "onnx-proto";
import { domainOf, type GraphRules } from "./graph.ts";
import type { ModelLimits } from "./limits.ts";
import { Scope } from "./order.ts";
import { quoted } from "./refusal.ts";

/** FunctionProto.overload and its default attributes came after onnx-proto's types. */
type Function = onnx.IFunctionProto & {
  readonly overload?: string | null;
  readonly attributeProto?: readonly onnx.IAttributeProto[] | null;
};

/** Most functions: calls are followed by recursion. */
const MOST_FUNCTIONS = 1024;

/** `domain/name`: what a node calls it by. Overloads of one name are taken together. */
export function functionKey(domain: string | null | undefined, name: string | null | undefined): string {
  return `${domainOf(domain)}/${name ?? ""}`;
}

/** Every node of a list with those in its graphs. */
function* allNodes(nodes: readonly onnx.INodeProto[]): Generator<onnx.INodeProto> {
  for (const node of nodes) {
    yield node;
    for (const { g, graphs } of node.attribute ?? [])
      for (const graph of [g, ...(graphs ?? [])]) if (graph) yield* allNodes(graph.node ?? []);
  }
}

/** Sizes of functions after replacement, by following their calls. */
class Expansion {
  private readonly calls = new Map<string, { own: number; calls: string[] }>();
  private readonly sizes = new Map<string, number>();
  private readonly open = new Set<string>();

  constructor(functions: readonly Function[]) {
    const keys = new Set(functions.map(({ domain, name }) => functionKey(domain, name)));
    for (const { domain, name, node } of functions) {
      const key = functionKey(domain, name);
      const entry = this.calls.get(key) ?? { own: 0, calls: [] };
      this.calls.set(key, entry);
      this.count(node ?? [], keys, entry);
    }
  }

  private count(
    nodes: readonly onnx.INodeProto[],
    keys: ReadonlySet<string>,
    entry: { own: number; calls: string[] },
  ): void {
    for (const { domain, opType } of allNodes(nodes)) {
      const callee = functionKey(domain, opType);
      if (keys.has(callee)) entry.calls.push(callee);
      else entry.own += 1;
    }
  }

  /** Nodes of a function; infinite where it calls itself. */
  sizeOf(key: string): number {
    const known = this.sizes.get(key);
    if (known !== undefined) return known;
    if (this.open.has(key)) return Number.POSITIVE_INFINITY;
    this.open.add(key);
    const { own, calls } = this.calls.get(key) ?? { own: 0, calls: [] };
    const size = calls.reduce((sum, callee) => sum + this.sizeOf(callee), own);
    this.open.delete(key);
    this.sizes.set(key, size);
    return size;
  }

  /** Nodes of a graph. */
  sizeOfNodes(nodes: readonly onnx.INodeProto[]): number {
    let size = 0;
    for (const { domain, opType } of allNodes(nodes)) size += Math.max(1, this.sizeOf(functionKey(domain, opType)));
    return size;
  }
}

function functionBody(one: Function, rules: GraphRules, functions: ReadonlySet<string>): void {
  const nodes = one.node ?? [];
  const scope = new Scope(null, nodes);
  for (const name of one.input ?? []) scope.add(name);
  const references = new Set([...(one.attribute ?? []), ...(one.attributeProto ?? []).map(({ name }) => name ?? "")]);
  const domains = new Set((one.opsetImport ?? []).map(({ domain }) => domainOf(domain)));
  rules.nodes(nodes, { domains, functions }, scope, references);
  const seen = new Set<string>();
  for (const name of one.output ?? []) rules.output(name, scope, seen);
}

/** Checks the functions of a model, and how large its graph becomes by them. */
export function checkFunctions(model: onnx.IModelProto, rules: GraphRules, limits: ModelLimits): void {
  const functions: readonly Function[] = model.functions ?? [];
  // Without functions there are no more nodes than messages, which were counted.
  if (functions.length === 0) return;
  if (functions.length > MOST_FUNCTIONS) {
    const message = `it has ${functions.length} functions`;
    rules.add("model", { code: "MODEL_TOO_LARGE", message, fix: `use at most ${MOST_FUNCTIONS}` });
    return;
  }
  const expansion = new Expansion(functions);
  const keys = new Set(functions.map(({ domain, name }) => functionKey(domain, name)));
  const seen = new Set<string>();
  for (const one of functions) {
    const label = `function ${quoted(functionKey(one.domain, one.name))}`;
    const whole = `${functionKey(one.domain, one.name)}/${one.overload ?? ""}`;
    if ((one.name ?? "") === "" || seen.has(whole))
      rules.add(label, { code: "MODEL_INVALID", message: "it has no name or is there twice", fix: "name it once" });
    seen.add(whole);
    if (expansion.sizeOf(functionKey(one.domain, one.name)) === Number.POSITIVE_INFINITY)
      rules.add(label, { code: "MODEL_INVALID", message: "it calls itself", fix: "break the cycle of calls" });
    functionBody(one, rules, keys);
  }
  const size = expansion.sizeOfNodes(model.graph?.node ?? []);
  if (size <= limits.nodes || size === Number.POSITIVE_INFINITY) return;
  const message = `it has ${size.toLocaleString("en")} nodes once its functions are replaced by their bodies`;
  rules.add("graph", { code: "MODEL_TOO_LARGE", message, fix: `keep it below ${limits.nodes.toLocaleString("en")}` });
}
