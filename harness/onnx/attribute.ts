// Attributes of nodes: the field that is set is the one that the type names.
import type { onnx } from "onnx-proto";
import type { Fault } from "./tensor.ts";

type Content = Exclude<keyof onnx.IAttributeProto, "name" | "refAttrName" | "docString" | "type">;

/** The field of each AttributeProto.AttributeType; those that hold messages must be there. */
const CONTENT: Readonly<Record<number, Content>> = {
  1: "f",
  2: "i",
  3: "s",
  4: "t",
  5: "g",
  6: "floats",
  7: "ints",
  8: "strings",
  9: "tensors",
  10: "graphs",
  11: "sparseTensor",
  12: "sparseTensors",
  13: "tp",
  14: "typeProtos",
};
const MESSAGES: readonly Content[] = ["t", "g", "sparseTensor", "tp"];

function isSet(attribute: onnx.IAttributeProto, field: Content): boolean {
  const value: unknown = Object.hasOwn(attribute, field) ? attribute[field] : undefined;
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** What is wrong with the fields of an attribute. `references`: attributes of the function around it, null outside a function. */
export function attributeFault(
  attribute: onnx.IAttributeProto,
  references: ReadonlySet<string> | null,
): Fault | undefined {
  const fault = (message: string, fix: string): Fault => ({ code: "MODEL_INVALID", message, fix });
  const set = Object.values(CONTENT).filter((field) => isSet(attribute, field));
  const reference = attribute.refAttrName ?? "";
  if (reference !== "") {
    if (references === null)
      return fault(
        `it refers to '${reference}' outside a function`,
        "write its value, or put the node into a function",
      );
    if (!references.has(reference))
      return fault(`it refers to '${reference}', which the function does not declare`, "declare it in the function");
    return set.length === 0 ? undefined : fault("it has a value and a reference", "keep one of them");
  }
  const own = CONTENT[attribute.type ?? 0];
  if (own === undefined) return fault("it has no type", "set AttributeProto.type");
  const stray = set.find((field) => field !== own);
  if (stray !== undefined) return fault(`its type wants '${own}' and '${stray}' is set`, `set '${own}' only`);
  return MESSAGES.includes(own) && !set.includes(own) ? fault(`'${own}' is missing`, `set '${own}'`) : undefined;
}
