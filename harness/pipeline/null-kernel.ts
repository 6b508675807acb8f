// The time of an empty kernel through the same doorbell: shown beside every measurement, never subtracted.
import type { Kernel } from "../domain/kernel.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { compile, type Toolchain } from "../stages/build/compile.ts";
import { median } from "../domain/statistics.ts";

/** Calls behind the median. */
const CALLS = 101;

/** The empty kernel, compiled. @throws HarnessError when it does not compile */
export async function nullKernel(toolchain: Toolchain, ports: Ports): Promise<Kernel> {
  const folder = `${ports.host.checkout}/harness/executors/native/null`;
  const compiled = await compile({ folder, files: ["null.cc"] }, toolchain, ports);
  if (!compiled.ok)
    throw new HarnessError(
      "SETUP_INCOMPLETE",
      `the empty kernel does not compile: ${compiled.message}`,
      "npx openxpu doctor",
    );
  return {
    name: "null",
    executor: "native",
    zygote: "native",
    program: { artifact: "/kernel/kernel.so", entry: "null" },
    binds: [{ from: compiled.path, to: "/kernel/kernel.so" }],
    environment: {},
    align: 256,
    threads: 1,
    memoryBytes: 2 ** 28,
    timeoutSeconds: 5,
    numerics: {
      class: "none",
      accumulate: "float32",
      casts: {},
      rounding: "half_even",
      algorithm: "direct",
      ftz: false,
    },
    deterministic: true,
    strided: false,
  };
}

/** Median in ns of an empty kernel. @throws HarnessError when it fails: then no time of this machine means anything */
export async function nullOverhead(toolchain: Toolchain, lane: Lane, ports: Ports): Promise<number> {
  const opened = await lane.open(
    await nullKernel(toolchain, ports),
    { inputs: [], outputs: [], attributes: [] },
    "right",
  );
  const times: number[] = [];
  for (let i = 0; i < CALLS && opened.state === "ready"; i += 1) {
    const called = await opened.child.call({}, "a5", 5);
    if (called.state === "done") times.push(called.ns);
  }
  if (opened.state === "failed" || times.length < CALLS) {
    throw new HarnessError("BROKER_REFUSED", "the empty kernel failed", "run again; npx openxpu doctor");
  }
  await opened.child.close();
  return median(times);
}
