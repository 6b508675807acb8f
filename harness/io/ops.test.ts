// The trusted code of an op: found in its folder, and a broken one is a fault of the checkout.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CHECKOUT } from "./main.ts";
import { checkoutOps } from "./ops.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "openxpu-ops-"));
  for (const [op, text] of Object.entries({
    throws: "throw new Error('no');\n",
    empty: "export const other = 1;\n",
    half: "export const oracle = { probes() {} };\n",
  })) {
    mkdirSync(join(root, "kernels", op, "reference"), { recursive: true });
    writeFileSync(join(root, "kernels", op, "oracle.ts"), text);
    writeFileSync(join(root, "kernels", op, "reference/onnx.ts"), text);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("each op of the checkout has an oracle and an ONNX reference", async () => {
  const ops = checkoutOps(CHECKOUT);
  for (const op of ["flash_attention", "qlinear_conv2d"]) {
    expect(await ops.oracle(op)).toMatchObject({
      probes: expect.any(Function),
      inputs: expect.any(Function),
      truth: expect.any(Function),
    });
    expect(await ops.onnx(op)).toMatchObject({ witness: expect.any(Function), baselines: expect.any(Function) });
  }
});

it.each([
  ["none", /oracle\.ts could not be loaded/],
  ["throws", /oracle\.ts could not be loaded/],
  ["empty", /oracle\.ts exports no 'oracle'/],
  ["half", /oracle\.ts exports no 'oracle'/],
])("an op whose oracle is %s is a fault of the harness", async (op, message) => {
  await expect(checkoutOps(root).oracle(op)).rejects.toMatchObject({
    code: "ORACLE_FAILED",
    message: expect.stringMatching(message),
  });
});

it("a reference that exports something else is a fault of the harness", async () => {
  await expect(checkoutOps(root).onnx("empty")).rejects.toMatchObject({
    code: "ORACLE_FAILED",
    message: expect.stringMatching(/exports no 'reference'/),
  });
});
