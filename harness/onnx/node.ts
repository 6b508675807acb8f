// The one node of a model that consists of one: its operator, the names at each position, its attributes by name.
import type { onnx } from "onnx-proto";
import { domainOf } from "./graph.ts";
import type { Model } from "./reader.ts";
import { integerOf } from "./tensor.ts";

const utf8 = new TextDecoder();

/** A node with its attributes as plain values. */
export interface SingleNode {
  readonly domain: string;
  readonly operator: string;
  /** Version of its operator set. */
  readonly version: number;
  /** Names by position; an empty one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** An integer or real attribute, or what it defaults to. */
  number(name: string, otherwise: number): number;
  /** A list of integers, or undefined. */
  integers(name: string): readonly number[] | undefined;
  text(name: string, otherwise: string): string;
}

/** The node of a model that has exactly one, else undefined. */
export function singleNode({ message, opsets }: Model): SingleNode | undefined {
  const { graph } = message as typeof message & onnx.IModelProto;
  const [node, ...more] = graph?.node ?? [];
  if (node === undefined || more.length > 0) return undefined;
  const attributes = new Map((node.attribute ?? []).map((attribute) => [attribute.name ?? "", attribute]));
  const domain = domainOf(node.domain);
  return {
    domain,
    operator: node.opType ?? "",
    version: opsets.get(domain) ?? 0,
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    number: (name, otherwise) => {
      const attribute = attributes.get(name);
      if (attribute === undefined) return otherwise;
      return attribute.type === 1 ? (attribute.f ?? otherwise) : integerOf(attribute.i);
    },
    integers: (name) => attributes.get(name)?.ints?.map((value) => integerOf(value)),
    text: (name, otherwise) => {
      const bytes = attributes.get(name)?.s;
      return bytes === undefined || bytes === null ? otherwise : utf8.decode(bytes);
    },
  };
}
