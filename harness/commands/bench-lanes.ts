// What a kernel pays for its sandbox: opening and closing a child, and an empty call through the doorbell.
import type { Kernel } from "../domain/kernel.ts";
import type { Ports } from "../domain/ports.ts";
import { nullKernel } from "../pipeline/null-kernel.ts";
import type { Toolchain } from "../stages/build/compile.ts";
import { median } from "../domain/statistics.ts";
import type { Context } from "./context.ts";

/** Children opened and calls made. */
const OPENS = 30;
const CALLS = 200;

/** Prints medians over opens and calls of an empty native kernel. */
export async function benchLanes(ports: Ports, toolchain: Toolchain, context: Context): Promise<void> {
  const { clock } = ports;
  const lane = await ports.lanes.start();
  const kernel: Kernel = await nullKernel(toolchain, ports);
  const signature = { inputs: [], outputs: [], attributes: [] };
  const opens: number[] = [];
  const calls: number[] = [];
  const trips: number[] = [];
  await lane.report("native");
  for (let i = 0; i < OPENS; i += 1) {
    const before = clock.elapsed();
    const opened = await lane.open(kernel, signature, "right");
    if (opened.state === "failed") break;
    opens.push(clock.elapsed() - before);
    for (let call = 0; call < CALLS / OPENS; call += 1) {
      const start = clock.elapsed();
      const called = await opened.child.call({}, "a5", 5);
      trips.push(clock.elapsed() - start);
      if (called.state === "done") calls.push(called.ns);
    }
    await opened.child.close();
  }
  const started = clock.elapsed();
  await lane.report("python");
  const python = clock.elapsed() - started;
  await lane.close();
  context.terminal.out(
    `native child opened in ${median(opens).toFixed(2)} ms (median of ${opens.length}) · isolation ${lane.isolation}`,
  );
  context.terminal.out(
    `empty kernel ${median(calls).toFixed(0)} ns by the broker's clock, ${(median(trips) * 1000).toFixed(0)} µs for the judge (median of ${calls.length})`,
  );
  context.terminal.out(`Python zygote with torch, triton and onnxruntime ready in ${(python / 1000).toFixed(2)} s`);
}
