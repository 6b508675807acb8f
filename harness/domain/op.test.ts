// A case bound to numbers: shapes, attributes, dtypes and work follow the op's manifest, or the contradiction is named.
import { describe, expect, it } from "vitest";
import { decode } from "../manifest.ts";
import { OP_YAML } from "../testing/miniature.ts";
import {
  bindCase,
  type BoundCase,
  numberOf,
  numericsClass,
  type Op,
  type OpCase,
  opSchema,
  resolveDType,
  scopeOf,
  tupleAttribute,
} from "./op.ts";

function opOf(text: string): Op {
  const decoded = decode(text, "op.yaml", opSchema);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return decoded.value.value;
}

const OP = opOf(OP_YAML);
const CASE: OpCase = { name: "one", axes: { N: 16, W: 5 }, attributes: {}, dtypes: {}, absent: [], tags: [] };

function bound(one: Partial<OpCase> = {}, op = OP): BoundCase {
  return bindCase(op, { ...CASE, ...one }, { T: "float16" }, false);
}

describe("a bound case", () => {
  it("has every axis, attribute, shape and dtype as numbers", () => {
    const one = bound({ attributes: { pads: [2, 1], stride: 3 } });
    expect(one.axes).toEqual({ N: 16, W: 5, M: 5 });
    expect(one.attributes).toEqual({ pads: [2, 1], stride: 3 });
    expect(one.inputs.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ["x", "float16", [16]],
      ["bias", "float32", []],
    ]);
    expect(one.outputs.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([["y", "float16", [5]]]);
    expect([one.work, one.hidden, one.op]).toEqual([25, false, "window_sum"]);
  });

  it("takes defaults for attributes that it does not name, in the op's order", () => {
    expect(Object.entries(bound({ attributes: { stride: 2 } }).attributes)).toEqual([
      ["pads", [0, 0]],
      ["stride", 2],
    ]);
  });

  it("evaluates a default that is an expression over its axes", () => {
    const op = opOf(OP_YAML.replace("default: 1}", 'default: "min(N, W)"}'));
    expect(bound({}, op).attributes["stride"]).toBe(5);
  });

  it("knows what it leaves out and what stays constant in a race", () => {
    expect(bound({ absent: ["bias"] }).inputs.map(({ name, absent, parameter }) => [name, absent, parameter])).toEqual([
      ["x", false, false],
      ["bias", true, true],
    ]);
  });

  it("lets derived axes build on each other, and axes win over attributes of the same name", () => {
    const op = opOf(OP_YAML.replace('stride + 1"', 'stride + 1", twice: "2 * M"'));
    expect(bound({}, op).axes["twice"]).toBe(24);
    expect(scopeOf({ axes: { W: 1 }, attributes: { W: 9, pads: [1] } })).toEqual({ W: 1, pads: [1] });
  });
});

type Edit = readonly [from: string, to: string];
const AS_IT_IS: Edit = ["", ""];

/** What a case says, and how the op, edited or as it is, contradicts it. */
const CONTRADICTIONS: readonly (readonly [message: string, one: Partial<OpCase>, edit: Edit])[] = [
  ["axis 'W' has no value", { axes: { N: 16 } }, AS_IT_IS],
  ["axis 'W' is 0, outside 1..8", { axes: { N: 16, W: 0 } }, AS_IT_IS],
  ["axis 'N' is 65, outside 1..64", { axes: { N: 65, W: 1 } }, AS_IT_IS],
  ["constraint 'M >= 1' is not met", { axes: { N: 1, W: 8 } }, AS_IT_IS],
  ["attribute 'stride' has neither a value nor a default", {}, [", default: 1}", "}"]],
  ["'y' would have an extent of -3", {}, ["shape: [M]", "shape: [M - 15]"]],
  ["'y' would have an extent of 6.5", { attributes: { pads: [1, 0] } }, ["shape: [M]", 'shape: ["M / 2"]']],
  ["'U' is neither a dtype nor a dtype variable", {}, ["y: {dtype: T", "y: {dtype: U"]],
  ["division by zero", { attributes: { stride: 0 } }, AS_IT_IS],
  ["'pads' is no tuple", { attributes: { pads: 3 } }, AS_IT_IS],
];

describe("a case that contradicts its op", () => {
  it.each(CONTRADICTIONS)("%s", (message, one, [from, to]) => {
    expect(() => bound(one, opOf(OP_YAML.replace(from, to)))).toThrow(message);
  });
});

describe("looking up", () => {
  const one = bound({ attributes: { pads: [2, 1] } });

  it("a number is an axis or a scalar attribute", () => {
    expect([
      numberOf(one, "N"),
      numberOf(one, "stride"),
      numberOf({ ...one, attributes: { causal: true } }, "causal"),
    ]).toEqual([16, 1, 1]);
    expect(() => numberOf(one, "pads")).toThrow("neither an axis nor a scalar attribute");
    expect(() => numberOf(one, "nothing")).toThrow(RangeError);
  });

  it("a tuple is an attribute that is one", () => {
    expect(tupleAttribute(one, "pads")).toEqual([2, 1]);
    expect(() => tupleAttribute(one, "stride")).toThrow("attribute 'stride' is no tuple");
  });

  it("a dtype is a variable's value or itself", () => {
    expect([resolveDType("T", { T: "int8" }), resolveDType("float32", {})]).toEqual(["int8", "float32"]);
    expect(() => resolveDType("T", {})).toThrow(RangeError);
  });

  it("a class is one of the op's", () => {
    expect(numericsClass(OP, "fp32_cast")).toMatchObject({
      accumulate: "float32",
      casts: { p: "T" },
      rounding: "half_even",
      algorithm: "direct",
      ftz: false,
    });
    expect(numericsClass(OP, "fp33")).toBeUndefined();
  });
});
