// The schema of ONNX models and values: onnx.proto and onnx-data.proto of ONNX 1.23 (Apache-2.0), read at run time by protobufjs.
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

let root: protobuf.Root | undefined;

function load(): protobuf.Root {
  const loaded = new protobuf.Root();
  // onnx-data.proto imports the other by its path in the onnx package.
  loaded.resolvePath = (_origin, target) =>
    fileURLToPath(new URL(target.endsWith("onnx-data.proto") ? "onnx-data.proto" : "onnx.proto", import.meta.url));
  loaded.loadSync("onnx-data.proto").resolveAll();
  return loaded;
}

/** A message type of the schema, by its name in the package `onnx`, with every reference of it resolved. */
export function messageType(name: string): protobuf.Type {
  root ??= load();
  return root.lookupType(`onnx.${name}`);
}

/** How a field is written: protobuf's wire types, with strings told from bytes because their text is checked. */
export type WireKind = "varint" | "fixed32" | "fixed64" | "bytes" | "string" | "message";

/** One field as the bytes hold it. */
export interface FieldRule {
  /** With its message's name, as in `NodeProto.input`. */
  readonly name: string;
  readonly kind: WireKind;
  readonly repeated: boolean;
  /** The numbers of an enum; null where every number may stand. */
  readonly values: ReadonlySet<number> | null;
  /** The message that it holds; null for scalars. */
  readonly message: MessageRule | null;
  /** Bit that is set when it was seen: one for each singular field, shared by the fields of a oneof. 0 for repeated fields. */
  readonly once: number;
}

/** The fields of a message by number. */
export interface MessageRule {
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldRule>;
}

const KINDS: Readonly<Record<string, WireKind>> = {
  int32: "varint",
  int64: "varint",
  uint32: "varint",
  uint64: "varint",
  bool: "varint",
  float: "fixed32",
  double: "fixed64",
  string: "string",
  bytes: "bytes",
};

const rules = new Map<protobuf.Type, MessageRule>();

/** The rule of a message type. Types that contain themselves, such as graphs, share one rule. */
export function ruleOf(type: protobuf.Type): MessageRule {
  const known = rules.get(type);
  if (known !== undefined) return known;
  const fields = new Map<number, FieldRule>();
  const rule: MessageRule = { name: type.name, fields };
  rules.set(type, rule);
  const bits = new Map<string, number>();
  for (const field of type.fieldsArray) {
    const group = field.partOf?.name ?? field.name;
    if (!field.repeated && !bits.has(group)) bits.set(group, 1 << bits.size);
    const { resolvedType } = field;
    fields.set(field.id, {
      name: `${type.name}.${field.name}`,
      kind: resolvedType instanceof protobuf.Type ? "message" : (KINDS[field.type] ?? "varint"),
      repeated: field.repeated,
      values: resolvedType instanceof protobuf.Enum ? new Set(Object.values(resolvedType.values)) : null,
      message: resolvedType instanceof protobuf.Type ? ruleOf(resolvedType) : null,
      once: field.repeated ? 0 : (bits.get(group) ?? 0),
    });
  }
  return rule;
}
