// A graph that does not hold is refused with the node, tensor, attribute or function that is wrong.
import type { onnx } from "onnx-proto";
import { describe, expect, it, test } from "vitest";
import { readModel } from "./reader.ts";
import { floatTensor, modelBytes, type Parts, valueInfo } from "./testing/models.ts";

/** `code message` of every problem. */
function refused(parts: Parts): string[] {
  const read = readModel(modelBytes(parts), { file: "model.onnx" });
  return read.ok ? [] : read.problems.map(({ code, message }) => `${code} ${message}`);
}

describe("a graph", () => {
  const node = (opType: string, input: string[], output: string[], name = ""): onnx.INodeProto => ({
    opType,
    input,
    output,
    name,
  });

  test.each<readonly [string, Parts, RegExp]>([
    [
      "is cyclic",
      { nodes: [node("Add", ["x", "b"], ["a"], "one"), node("Relu", ["a"], ["b"], "two"), node("Relu", ["b"], ["y"])] },
      /node 'one' \(Add\): the graph is cyclic: node 'one' \(Add\), node 'two' \(Relu\), node 2 \(Relu\) wait/,
    ],
    [
      "reads its own output",
      { nodes: [node("Add", ["x", "y"], ["y"], "self")] },
      /'self' \(Add\): the graph is cyclic/,
    ],
    [
      "is in no order",
      { nodes: [node("Relu", ["h"], ["y"], "late"), node("Relu", ["x"], ["h"])] },
      /node 'late' \(Relu\) reads 'h': it is written only later/,
    ],
    ["reads what nothing writes", { nodes: [node("Relu", ["ghost"], ["y"])] }, /node 0 \(Relu\): it reads 'ghost'/],
    [
      "writes a name twice",
      { nodes: [node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])] },
      /writes 'y', which is there/,
    ],
    [
      "writes its input",
      { nodes: [node("Relu", ["x"], ["x"]), node("Relu", ["x"], ["y"])] },
      /writes 'x', which is there/,
    ],
    ["has no such output", { nodes: [node("Relu", ["x"], ["z"])] }, /graph output 'y': nothing writes it/],
    [
      "has two inputs of one name",
      { graph: { input: [valueInfo("x", 1, [2, 3]), valueInfo("x", 1, [2, 3])] } },
      /graph input 'x': it is there twice/,
    ],
    [
      "has an operator of an unknown domain",
      { nodes: [{ ...node("F", ["x"], ["y"]), domain: "far" }] },
      /domain 'far' is not imported/,
    ],
    ["has a node without an operator", { nodes: [node("", ["x"], ["y"])] }, /it has no operator/],
    ["has a negative extent", { graph: { input: [valueInfo("x", 1, [2, -3])] } }, /graph input 'x': an extent is -3/],
    [
      "has extents that multiply beyond memory",
      { graph: { input: [valueInfo("x", 1, [65536, 65536, 65536])] } },
      /MODEL_TOO_LARGE graph input 'x': its extents 65536 x 65536 x 65536/,
    ],
    [
      "has an element type that ONNX does not know",
      { graph: { input: [valueInfo("x", 99, [2])] } },
      /its element type is 99/,
    ],
    ["has an input without a type", { graph: { input: [{ name: "x" }] } }, /graph value 'x': it has no type/],
    ["is not there", { model: { graph: null } }, /it has no graph/],
    ["is of an IR version to come", { model: { irVersion: 15 } }, /its IR version is 15/],
    ["imports no operators", { model: { opsetImport: [] } }, /it imports no operator set/],
    [
      "imports a domain twice",
      { model: { opsetImport: [{ version: 19 }, { domain: "ai.onnx", version: 18 }] } },
      /opset_import '': it is there twice/,
    ],
    ["carries training", { model: { trainingInfo: [{}] } }, /it carries training graphs/],
  ])("that %s is refused", (_, parts, reason) => {
    expect(refused(parts)).toContainEqual(expect.stringMatching(reason));
  });

  it("of 50,000 nodes in reverse order costs time in proportion, not in its square", () => {
    const count = 50_000;
    const nodes = Array.from({ length: count }, (_, index) => {
      const place = count - index;
      return node("Relu", [place === 1 ? "x" : `h${place - 1}`], [place === count ? "y" : `h${place}`]);
    });
    const start = performance.now();
    expect(refused({ nodes })).toEqual([expect.stringMatching(/reads 'h49999': it is written only later/)]);
    // A quarter of a second on an idle machine; the square would take minutes.
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("with a hundred faults tells twenty", () => {
    const nodes = Array.from({ length: 100 }, (_, index) => node("Relu", [`ghost${index}`], [`y${index}`]));
    expect(refused({ nodes })).toHaveLength(20);
  });

  it("inside a node may not take a name of the graph around it", () => {
    const inner: onnx.IGraphProto = { name: "inner", input: [valueInfo("x", 1, [2])], node: [], output: [] };
    const loop = { ...node("Loop", ["x"], ["y"], "loop"), attribute: [{ name: "body", type: 5, g: inner }] };
    expect(refused({ nodes: [loop] })).toEqual([expect.stringMatching(/graph input 'x': the name is taken/)]);
  });
});

describe("a tensor", () => {
  const tensor = (rest: onnx.ITensorProto): Parts => ({
    graph: { initializer: [{ ...floatTensor("w", [3]), ...rest }] },
  });
  const other = (location: string): onnx.ITensorProto => ({
    rawData: null,
    dataLocation: 1,
    externalData: [{ key: "location", value: location }],
  });

  test.each<readonly [string, onnx.ITensorProto, RegExp]>([
    [
      "in another file of its folder",
      other("weights.bin"),
      /MODEL_EXTERNAL initializer 'w': its data lies in another file, 'weights\.bin'$/,
    ],
    [
      "outside its folder",
      other("../../etc/passwd"),
      /MODEL_EXTERNAL .*'\.\.\/\.\.\/etc\/passwd', outside the model's folder/,
    ],
    ["at an absolute path", other("/etc/passwd"), /MODEL_EXTERNAL .*outside the model's folder/],
    ["that says external and names no file", { rawData: null, dataLocation: 1 }, /MODEL_EXTERNAL/],
    ["shorter than its extents", { rawData: new Uint8Array(11) }, /it has 11 bytes where 3 elements of float take 12/],
    ["written twice", { floatData: [1, 2, 3] }, /it has elements in raw_data and floatData/],
    ["in a field of another type", { rawData: null, int32Data: [1, 2, 3] }, /elements of float lie in int32Data/],
    ["with too few entries", { rawData: null, floatData: [1] }, /it has 1 entries where 3 belong/],
    ["of a negative extent", { dims: [-3] }, /an extent is -3/],
    ["larger than a signed 32-bit size", { dims: [2 ** 30, 4], rawData: null }, /MODEL_TOO_LARGE/],
    ["whose extents overflow 64 bits", { dims: [2 ** 40, 2 ** 40, 2 ** 40], rawData: null }, /MODEL_TOO_LARGE/],
    ["of no type", { dataType: 0 }, /its element type is 0/],
    ["that is one segment", { segment: { begin: 0, end: 1 } }, /it is one segment/],
    ["of strings in raw_data", { dataType: 8 }, /strings cannot lie in raw_data/],
    [
      "of a hundred axes",
      { dims: Array.from({ length: 100 }, () => 1), rawData: new Uint8Array(4) },
      /it has 100 axes/,
    ],
  ])("%s is refused", (_, rest, reason) => {
    expect(refused(tensor(rest))).toEqual([expect.stringMatching(reason)]);
  });

  test.each<readonly [string, onnx.ISparseTensorProto, RegExp]>([
    [
      "beyond its extent",
      { indices: { dataType: 7, dims: [1], int64Data: [9] } },
      /index 9 lies outside its extent of 6/,
    ],
    ["below zero", { indices: { dataType: 7, dims: [1], int64Data: [-1] } }, /index -1 lies outside/],
    ["of a row", { indices: { dataType: 7, dims: [1, 2], int64Data: [0, 3] } }, /index 3 lies outside its extent of 3/],
    ["of another type", { indices: { dataType: 6, dims: [1], int32Data: [1] } }, /its indices are int32/],
    ["of another count", { indices: { dataType: 7, dims: [2], int64Data: [0, 1] } }, /have shape \[2\] for 1 values/],
  ])("with a sparse index %s is refused", (_, rest, reason) => {
    const sparse = { values: floatTensor("s", [1]), dims: [2, 3], ...rest };
    expect(refused({ graph: { sparseInitializer: [sparse] } })).toEqual([expect.stringMatching(reason)]);
  });
});

describe("an attribute", () => {
  test.each<readonly [string, onnx.IAttributeProto[], RegExp]>([
    ["without a type", [{ name: "a", i: 1 }], /attribute 'a': it has no type/],
    ["of another type than its value", [{ name: "a", type: 1, i: 1 }], /its type wants 'f' and 'i' is set/],
    ["without its graph", [{ name: "a", type: 5 }], /'g' is missing/],
    [
      "that is there twice",
      [
        { name: "a", type: 2, i: 1 },
        { name: "a", type: 2, i: 2 },
      ],
      /it is there twice/,
    ],
    ["that refers to a function outside one", [{ name: "a", type: 2, refAttrName: "k" }], /outside a function/],
    ["with a broken tensor", [{ name: "a", type: 4, t: floatTensor("", [3], 5) }], /it has 5 bytes where 3/],
  ])("%s is refused", (_, attribute, reason) => {
    const nodes = [{ opType: "Relu", input: ["x"], output: ["y"], attribute }];
    expect(refused({ nodes })).toEqual([expect.stringMatching(reason)]);
  });
});

describe("functions of a model", () => {
  const made = (name: string, callee: string, times = 1): onnx.IFunctionProto => ({
    name,
    domain: "own",
    input: ["x"],
    output: ["y0"],
    node: Array.from({ length: times }, (_, index) => ({
      opType: callee,
      domain: "own",
      input: ["x"],
      output: [`y${index}`],
    })),
  });
  const nodes = [{ opType: "f0", domain: "own", input: ["x"], output: ["y"] }];

  it("that call themselves by a detour are refused", () => {
    const functions = [made("f0", "f1"), made("f1", "f0")];
    expect(refused({ nodes, model: { functions } })).toContainEqual(
      expect.stringMatching(/'own\/f0': it calls itself/),
    );
  });

  it("that grow to billions of nodes are refused at once", () => {
    const functions = Array.from({ length: 12 }, (_, level) => made(`f${level}`, `f${level + 1}`, 10));
    const last = {
      ...made("f12", "Relu"),
      node: [{ opType: "Relu", input: ["x"], output: ["y0"] }],
      opsetImport: [{ version: 19 }],
    };
    const said = refused({ nodes, model: { functions: [...functions, last] } });
    expect(said).toEqual([expect.stringMatching(/MODEL_TOO_LARGE graph: it has 1,000,000,000,000 nodes/)]);
  });
});
