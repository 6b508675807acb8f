// The C++ that people start from: the stub of an op, and the program that calls a kernel in a debugger.
import { beforeAll, describe, expect, it } from "vitest";
import { bindCase, type Op } from "../../domain/op.ts";
import { miniatureOp } from "../../testing/miniature.ts";
import { debugMain } from "./debug-main.ts";
import { stub } from "./stub.ts";

let op: Op;
beforeAll(async () => {
  op = await miniatureOp(
    "stride: {type: int64, default: 1}",
    "stride: {type: int64, default: 1}\n  scale: {type: float64, default: 0.5}\n  causal: {type: bool, default: true}",
  );
});

describe("the stub of an op", () => {
  it("has every argument in order: inputs, outputs, attributes", () => {
    const parameters = stub(op, "my_kernel").split("static void kernel(\n")[1]?.split("\n{")[0];
    expect(parameters).toMatchInlineSnapshot(`
      "    TensorView x,  // T [N]
          Optional<TensorView> bias,  // float32 scalar, absent is None
          TensorView y,  // T [M]
          Array<int64_t> pads,  // int64[2]
          int64_t stride,  // int64
          double scale,  // float64
          bool causal)  // bool"
    `);
  });

  it("exports the entry that was asked for and declines", () => {
    expect(stub(op, "mine")).toContain("TVM_FFI_DLL_EXPORT_TYPED_FUNC(mine, kernel);");
    expect(stub(op, "mine")).toContain("TVM_FFI_THROW(NotImplementedError)");
  });
});

describe("the program for a debugger", () => {
  it("calls the entry with the tensors and attributes of the case, in the op's order", () => {
    const one = {
      name: "a",
      axes: { N: 16, W: 5 },
      attributes: { pads: [2, 1] },
      dtypes: {},
      absent: ["bias"],
      tags: [],
    };
    const text = debugMain(op, bindCase(op, one, { T: "float16" }, false), "mine", ["/v/kernel.cc"]);
    const pushed = text.split("\n").filter((line) => line.startsWith("  args.push_back"));
    expect(pushed.join("\n")).toMatchInlineSnapshot(`
      "  args.push_back(tensor("x", "x.npy", {2, 16, 1}, {16}));
        args.push_back(none());  // bias is absent
        args.push_back(tensor("y", nullptr, {2, 16, 1}, {15}));
        args.push_back(tuple({2, 1}));  // pads
        args.push_back(integer(1, 1));  // stride
        args.push_back(real(0.5));  // scale
        args.push_back(integer(1, 2));  // causal"
    `);
    expect(text).toContain('extern "C" int __tvm_ffi_mine(');
    expect(text).toContain("main.cc /v/kernel.cc -L");
  });
});
