// Races by the real broker: fresh inputs come back with what was written for them, and two processes that differ are told with both versions.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Kernel } from "../domain/kernel.ts";
import type { TensorSpec } from "../domain/op.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Child, Lane, RaceOrder, Signature } from "../domain/ports.ts";
import { fill, toFloat64 } from "../domain/tensor.ts";
import { world } from "../io/main.ts";
import { nullKernel, ownKernel } from "../pipeline/null-kernel.ts";
import { compile } from "../stages/build/compile.ts";

const SIZE = 64;
const argument = (name: string): TensorSpec => ({
  name,
  dtype: "float32",
  shape: [SIZE],
  absent: false,
  parameter: false,
});
const SIGNATURE: Signature = { inputs: [argument("x")], outputs: [argument("y")], attributes: [] };
const SETS: readonly Tensors[] = [1000, 2000, 3000].map((base) => ({
  x: fill("float32", [SIZE], (index) => base + index),
}));

let lane: Lane;
let spin: Kernel;
let nothing: Kernel;
beforeAll(async () => {
  const { ports, toolchain } = await world({}, { report: () => undefined });
  lane = await ports.lanes.start();
  const folder = `${ports.host.checkout}/harness/executors/native/spin`;
  const built = await compile({ folder, files: ["spin.cc"] }, toolchain, ports);
  if (!built.ok) throw new Error(built.message);
  spin = ownKernel(built.path, "spin");
  nothing = await nullKernel(toolchain, ports);
}, 120_000);
afterAll(async () => lane.close());

async function open(kernel: Kernel): Promise<Child> {
  const opened = await lane.open(kernel, SIGNATURE, "right");
  if (opened.state === "ready") return opened.child;
  throw new Error(opened.failure.message);
}

function order(children: readonly Child[], rest: Partial<RaceOrder>): RaceOrder {
  const plain = { sets: SETS, mix: "0123456789abcdef", turns: [], verify: [], keep: null, budgetSeconds: 60 };
  return { ...plain, children, ...rest };
}

it("a kept call comes with the inputs it had, mixed from two sets, and with what was written for them", async () => {
  const children = [await open(spin), await open(spin)];
  const turns = [1, 2, 3, 4].flatMap((variant) => [0, 1].map((child) => ({ child, set: 1, variant })));
  const raced = await lane.race(order(children, { turns, verify: [[0, 1]], keep: { child: 0, from: 2, to: 6 } }));
  if (raced.state === "failed") throw new Error(raced.failure.message);
  expect(raced).toMatchObject({ mismatch: null, canaries: [], verified: 4 });
  expect([raced.ns.length, raced.exposedNs.length]).toEqual([8, 8]);
  expect([2, 4]).toContain(raced.kept?.turn);
  const { x } = raced.kept?.inputs ?? {};
  const { y } = raced.kept?.outputs ?? {};
  if (x === undefined || y === undefined) throw new Error("no tensors");
  const inputs = [...toFloat64(x)];
  expect(inputs.map((value, index) => value - index).every((base) => base === 2000 || base === 3000)).toBe(true);
  // Six hundred halvings of the sum: twice the input.
  expect([...toFloat64(y)]).toEqual(inputs.map((value) => 2 * value));
  for (const child of children) await child.close();
});

it("two processes that write different bytes are told with both versions and the inputs", async () => {
  const children = [await open(spin), await open(nothing)];
  const turns = [0, 1].map((child) => ({ child, set: 2, variant: 0 }));
  const raced = await lane.race(order(children, { turns, verify: [[0, 1]], keep: { child: 0, from: 0, to: 2 } }));
  if (raced.state === "failed" || raced.mismatch === null) throw new Error("no mismatch");
  const { inputs, outputs, ...about } = raced.mismatch;
  expect(about).toEqual({ turn: 1, output: "y", byte: 0 });
  expect(inputs).toEqual(SETS[2]);
  const [first, second] = outputs.map(({ y }) => (y === undefined ? [] : [...toFloat64(y)]));
  expect(first).toEqual(Array.from({ length: SIZE }, (_, index) => 2 * (3000 + index)));
  expect(new Set(second).size, "poison that nobody wrote over").toBe(1);
  for (const child of children) await child.close();
});
