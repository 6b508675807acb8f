// The bytes of a message checked against the schema before anything is built from them: every length within its message, every field known
// and given once, nothing nested or counted beyond the limits. Linear in the bytes; takes no memory. It leaves nothing on which two
// readers of protobuf could differ: a second `graph` would be merged by one and replace the first in another.
import type { FieldRule, MessageRule } from "./schema.ts";

/** What a message may hold. */
export interface ScanLimits {
  /** Messages within messages. A subgraph takes three levels: node, attribute, graph. */
  readonly depth: number;
  /** Messages in all: each costs an object. */
  readonly messages: number;
  /** Numbers outside raw_data in all: each costs an object too. */
  readonly numbers: number;
}

/** The first thing wrong with the bytes. */
export interface WireFault {
  readonly kind: "wrong" | "large";
  /** Offset in the bytes. */
  readonly byte: number;
  readonly message: string;
}

/** Thrown within this file only: unwinds the recursion. */
class Stop extends Error {
  readonly fault: WireFault;
  constructor(kind: WireFault["kind"], byte: number, message: string) {
    super(message);
    this.fault = { kind, byte, message };
  }
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2, string: 2, message: 2, fixed32: 5 } as const;
const utf8 = new TextDecoder("utf-8", { fatal: true });

class Scanner {
  private readonly bytes: Uint8Array;
  private readonly limits: ScanLimits;
  private position = 0;
  private messages = 0;
  private numbers = 0;

  constructor(bytes: Uint8Array, limits: ScanLimits) {
    this.bytes = bytes;
    this.limits = limits;
  }

  /** A varint below 2^32, or its low 32 bits where it may be larger. */
  private varint(end: number, small: boolean): number {
    const start = this.position;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.position >= end) throw new Stop("wrong", start, "a number is cut off");
      const byte = this.bytes[this.position] ?? 0;
      this.position += 1;
      if (shift < 28) value |= (byte & 0x7f) << shift;
      else if (shift === 28) value = (value | ((byte & 0x0f) << 28)) >>> 0;
      if (small && (shift > 28 || (shift === 28 && byte > 0x0f)))
        throw new Stop("wrong", start, "a length or field number has more than 32 bits");
      if (byte < 0x80) return value >>> 0;
      if (shift === 63) throw new Stop("wrong", start, "a number has more than 10 bytes");
    }
  }

  private count(start: number, more: number): void {
    this.numbers += more;
    if (this.numbers > this.limits.numbers)
      throw new Stop("large", start, `more than ${this.limits.numbers.toLocaleString("en")} numbers outside raw_data`);
  }

  private scalar(rule: FieldRule, end: number): void {
    const start = this.position;
    if (rule.kind === "varint") {
      const value = this.varint(end, false);
      // An enum's number has few bits; a negative one has ten bytes.
      if (rule.values !== null && (this.position - start > 5 || !rule.values.has(value)))
        throw new Stop("wrong", start, `${rule.name} has a value that ONNX 1.23 does not know`);
      return;
    }
    this.position += rule.kind === "fixed32" ? 4 : 8;
    if (this.position > end) throw new Stop("wrong", start, `${rule.name} is cut off`);
  }

  private text(start: number, length: number, { name }: FieldRule): void {
    const end = start + length;
    let plain = start;
    while (plain < end && (this.bytes[plain] ?? 0) < 0x80) plain += 1;
    if (plain === end) return;
    try {
      utf8.decode(this.bytes.subarray(start, end));
    } catch {
      throw new Stop("wrong", start, `${name} is no UTF-8 text`);
    }
  }

  /** The content of a length-delimited field: a message, text, bytes, or packed numbers. */
  private delimited(rule: FieldRule, end: number, depth: number): void {
    const start = this.position;
    const length = this.varint(end, true);
    const content = this.position;
    const stop = content + length;
    if (stop > end) {
      const left = (end - content).toLocaleString("en");
      throw new Stop("wrong", start, `${rule.name} says ${length.toLocaleString("en")} bytes where ${left} are left`);
    }
    if (rule.message !== null) this.message(rule.message, stop, depth + 1);
    else if (rule.kind === "string") this.text(content, length, rule);
    else if (rule.kind !== "bytes") {
      while (this.position < stop) {
        this.scalar(rule, stop);
        this.count(start, 1);
      }
    }
    this.position = stop;
  }

  message(rule: MessageRule, end: number, depth: number): void {
    if (depth > this.limits.depth)
      throw new Stop("large", this.position, `messages are nested more than ${this.limits.depth} deep`);
    this.messages += 1;
    if (this.messages > this.limits.messages)
      throw new Stop("large", this.position, `more than ${this.limits.messages.toLocaleString("en")} messages`);
    let seen = 0;
    while (this.position < end) {
      const start = this.position;
      const tag = this.varint(end, true);
      const field = rule.fields.get(tag >>> 3);
      if (field === undefined)
        throw new Stop("wrong", start, `${rule.name} has a field ${tag >>> 3}, which ONNX 1.23 does not know`);
      if ((seen & field.once) !== 0) throw new Stop("wrong", start, `${field.name} is given twice`);
      seen |= field.once;
      const wire = tag & 7;
      const packed = field.repeated && wire === 2 && WIRE[field.kind] !== 2;
      if (wire !== WIRE[field.kind] && !packed)
        throw new Stop("wrong", start, `${field.name} has wire type ${wire} where ${WIRE[field.kind]} belongs`);
      if (wire === 2) this.delimited(field, end, depth);
      else {
        this.scalar(field, end);
        if (field.repeated) this.count(start, 1);
      }
    }
  }
}

/** The first fault of the bytes of a message, or undefined where there is none. */
export function scan(bytes: Uint8Array, rule: MessageRule, limits: ScanLimits): WireFault | undefined {
  try {
    new Scanner(bytes, limits).message(rule, bytes.length, 1);
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error.fault;
    throw error;
  }
}
