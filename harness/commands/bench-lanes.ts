// What a kernel pays for its sandbox: opening and closing a child, and an empty call through the doorbell.
import type { Kernel } from "../domain/kernel.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import { nullKernel } from "../pipeline/null-kernel.ts";
import type { Toolchain } from "../stages/build/compile.ts";
import { median } from "../domain/statistics.ts";
import type { Context } from "./context.ts";

/** Children opened and calls made. */
const OPENS = 30;
const CALLS = 200;
const ROUND_TRIPS = 2000;

/** What is wanted of an idle machine. */
const OPEN_MS = 30;
const ROUND_TRIP_US = 20;

/** Timed calls of the empty kernel, as in a race. */
async function roundTrips(
  kernel: Kernel,
  lane: Lane,
): Promise<{ ns: readonly number[]; exposedNs: readonly number[] }> {
  const opened = await lane.open(kernel, { inputs: [], outputs: [], attributes: [] }, "right");
  if (opened.state === "failed") return { ns: [], exposedNs: [] };
  const turns = Array.from({ length: ROUND_TRIPS }, (_, index) => ({ child: 0, set: 0, variant: index }));
  const order = { children: [opened.child], sets: [{}], mix: "0", turns, verify: [], keep: null, budgetSeconds: 10 };
  const raced = await lane.race(order);
  await opened.child.close();
  return raced.state === "done" ? raced : { ns: [], exposedNs: [] };
}

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
  const armed = await roundTrips(kernel, lane);
  await lane.close();
  const bar = (value: number, most: number): string => (value <= most ? "✔" : "✘");
  context.terminal.out(
    `native child opened in ${median(opens).toFixed(2)} ms (median of ${opens.length}; at most ${OPEN_MS} ms wanted ${bar(median(opens), OPEN_MS)}) · isolation ${lane.isolation}`,
  );
  context.terminal.out(
    `armed round trip, doorbell to doorbell, ${(median(armed.ns) / 1000).toFixed(2)} µs (median of ${armed.ns.length}; at most ${ROUND_TRIP_US} µs wanted ${bar(median(armed.ns) / 1000, ROUND_TRIP_US)}); out of the clock's sight ${(median(armed.exposedNs) / 1000).toFixed(1)} µs`,
  );
  context.terminal.out(
    `empty kernel ${median(calls).toFixed(0)} ns by the broker's clock, ${(median(trips) * 1000).toFixed(0)} µs for the judge (median of ${calls.length})`,
  );
  context.terminal.out(`Python zygote with torch, triton and onnxruntime ready in ${(python / 1000).toFixed(2)} s`);
}
