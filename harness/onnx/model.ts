// A small typed builder for ONNX models: nodes, typed graph inputs and outputs, initializers from tensors.
import type { onnx } from "onnx-proto";
import type { DType } from "../domain/dtype.ts";
import { bytesOf, type Tensor } from "../domain/tensor.ts";
import { encodeModel } from "./codec.ts";
import { ELEMENT_TYPE } from "./dtype.ts";

/** The value of a node's attribute: an integer, a float (`{float}`), text, integers or a dtype (`{dtype}`). */
export type NodeAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly dtype: DType };

function attributeProto(name: string, value: NodeAttribute): onnx.IAttributeProto {
  if (typeof value === "number") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: 1, f: value.float };
  if ("dtype" in value) return { name, type: 2, i: ELEMENT_TYPE[value.dtype] };
  return { name, type: 7, ints: [...value] };
}

function valueProto(name: string, dtype: DType, shape: readonly number[]): onnx.IValueInfoProto {
  return {
    name,
    type: { tensorType: { elemType: ELEMENT_TYPE[dtype], shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
  };
}

/** A graph under construction. Names are tensor names; every method returns the name it made. */
export class ModelBuilder {
  private readonly nodes: onnx.INodeProto[] = [];
  private readonly inputs: onnx.IValueInfoProto[] = [];
  private readonly outputs: onnx.IValueInfoProto[] = [];
  private readonly initializers: onnx.ITensorProto[] = [];
  private readonly domains = new Map<string, number>();

  /** @param opset version of the default domain */
  constructor(opset: number) {
    this.domains.set("", opset);
  }

  /** Imports another operator set, for example com.microsoft. */
  domain(name: string, version: number): void {
    this.domains.set(name, version);
  }

  input(name: string, dtype: DType, shape: readonly number[]): string {
    this.inputs.push(valueProto(name, dtype, shape));
    return name;
  }

  output(name: string, dtype: DType, shape: readonly number[]): string {
    this.outputs.push(valueProto(name, dtype, shape));
    return name;
  }

  /** A constant of the graph. */
  initializer(name: string, tensor: Tensor): string {
    this.initializers.push({
      name,
      dataType: ELEMENT_TYPE[tensor.dtype],
      dims: [...tensor.shape],
      rawData: bytesOf(tensor),
    });
    return name;
  }

  /** Adds a node with one output. An empty input name leaves an optional input out. */
  node(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, NodeAttribute>> = {},
    domain = "",
  ): string {
    this.nodes.push({
      opType,
      domain,
      name: `${opType}_${this.nodes.length}`,
      input: [...inputs],
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
    });
    return output;
  }

  /** The model's bytes. IR version 10: ONNX Runtime refuses versions newer than it knows. */
  build(): Uint8Array {
    return encodeModel({
      irVersion: 10,
      producerName: "openxpu",
      opsetImport: [...this.domains].map(([domain, version]) => ({ domain, version })),
      graph: {
        name: "kernel",
        node: this.nodes,
        input: this.inputs,
        output: this.outputs,
        initializer: this.initializers,
      },
    });
  }
}
