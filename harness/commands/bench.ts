// openxpu bench: how fast the harness itself is, in one run, with ratios to a floor measured beside it.
import { Command } from "commander";
import type { Probe, RealTruth } from "../domain/oracle.ts";
import type { Ports } from "../domain/ports.ts";
import { seededRandom } from "../domain/random.ts";
import { bytesOf, fill } from "../domain/tensor.ts";
import { ErrorAccumulator } from "../stages/compare/errors.ts";
import { compare } from "../stages/compare/judge.ts";
import { type DisplayTime, displayTimes } from "../stages/measure/display.ts";
import { benchLanes } from "./bench-lanes.ts";
import { benchNodes } from "./bench-nodes.ts";
import { benchOverhead } from "./bench-overhead.ts";
import type { Context } from "./context.ts";
import { prepare } from "./prepare.ts";
import { selected } from "./suite.ts";

/** Elements of the compared tensor. */
const ELEMENTS = 2 ** 20;

function comparisonTasks(): Record<string, () => void> {
  const random = seededRandom("5eed".repeat(8));
  const y = Float64Array.from({ length: ELEMENTS }, () => random.normal());
  const got = fill("float32", [1024, ELEMENTS / 1024], (index) => (y[index] ?? 0) * (1 + 2 ** -24));
  const ones = new Float64Array(ELEMENTS).fill(1);
  const truth: RealTruth = {
    kind: "real",
    y,
    s: ones,
    q: new Float64Array(ELEMENTS),
    k: ones,
    ds: new Float64Array(ELEMENTS),
  };
  const probe: Probe = { name: "bench", lane: "B", reveals: "nothing" };
  const exact: Probe = { ...probe, lane: "A" };
  const numerics = {
    class: "fp32",
    accumulate: "float32",
    casts: {},
    rounding: "half_even",
    algorithm: "direct",
    ftz: false,
  } as const;
  const bytes = bytesOf(got);
  let sum = 0;
  return {
    "read every byte (floor)": () => {
      for (let i = 0; i < bytes.length; i += 64) sum += bytes[i] ?? 0;
    },
    "compare float32: gate G1, histogram, digest": () => {
      compare({ probe: exact, placement: "right", output: "y", got, truth }, numerics, 0, new ErrorAccumulator("y"));
      sum += 1;
    },
    "the same with gates G2 and G3": () => {
      compare({ probe, placement: "right", output: "y", got, truth }, numerics, 0, new ErrorAccumulator("y"));
      sum += 1;
    },
  };
}

/** What a user of NumPy would write for less: isclose, the error in ULP and its histogram. Prints the median of ten in ns an element. */
const NUMPY = `
import numpy as np, time
n = ${2 ** 20}
y = np.random.default_rng(0).standard_normal(n)
got = (y * (1 + 2.0 ** -24)).astype(np.float32)
ends = np.array([0, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, np.inf])
times = []
for _ in range(10):
    start = time.perf_counter()
    error = np.abs(got - y)
    close = error <= 1e-7 + 1e-6 * np.abs(y)
    ulps = error / np.spacing(np.abs(y).astype(np.float32))
    np.histogram(ulps, bins=ends), error.max(), close.all()
    times.append(time.perf_counter() - start)
print(sorted(times)[5] / n * 1e9)
`;

async function numpyLine(ports: Ports): Promise<string> {
  const python = `${ports.host.checkout}/.openxpu/venv/bin/python`;
  const ran = await ports.processes.run([python, "-c", NUMPY], {
    cwd: ports.host.checkout,
    environment: { OMP_NUM_THREADS: "1" },
    timeoutSeconds: 60,
  });
  const each = Number(ran.stdout);
  return ran.code === 0 && Number.isFinite(each)
    ? `${"the same with NumPy, one thread".padEnd(50)} ${each.toFixed(1)} ns an element · median of 10`
    : "NumPy is not there";
}

function line({ name, medianNs, madNs, samples }: DisplayTime): string {
  const each = medianNs / ELEMENTS;
  return `${name.padEnd(50)} ${(medianNs / 1e6).toFixed(2)} ms ± ${(madNs / 1e6).toFixed(2)} · ${each.toFixed(1)} ns an element · ${samples} samples`;
}

/** The verb. */
export function benchCommand(context: Context): Command {
  const command = new Command("bench").description(
    "how fast the harness itself is on this machine: comparison, lanes, an empty kernel, ONNX's node tests, its share of a run",
  );
  command
    .command("nodes")
    .description("only the official ONNX node tests, beside onnx's own runner")
    .action(async () => benchNodes((await context.world()).ports, context));
  return command.action(async () => {
    const { ports, toolchain } = await context.world();
    context.terminal.out(`${ports.host.cores} x ${ports.host.model} · Node ${process.version}`);
    for (const time of await displayTimes(comparisonTasks())) context.terminal.out(line(time));
    context.terminal.out(await numpyLine(ports));
    await benchLanes(ports, toolchain, context);
    await benchNodes(ports, context);
    const folders = await selected(["*/*"], context, ports);
    const { request } = await prepare(folders, { suite: "default", measure: true, out: "dist" }, context);
    await benchOverhead(request, ports, context);
  });
}
