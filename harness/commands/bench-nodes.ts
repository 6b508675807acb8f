// How fast the official ONNX node tests go through our sandbox, beside onnx's own runner, round by round.
import type { Lane, Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import type { ExportedCase } from "../onnx-node/archive.ts";
import { exportedCases } from "../onnx-node/exporter.ts";
import { type NodeRunResult, runCases } from "../onnx-node/run.ts";
import type { Optimization } from "../onnx-node/runner.ts";
import { LANES } from "../pipeline.ts";
import { median } from "../domain/statistics.ts";
import type { Context } from "./context.ts";

/** Rounds; in each, everything runs once, so that a busy machine is busy for all. */
const ROUNDS = 3;
/** As suites/onnx-node.yaml. */
const BATCH = 80;
const TIMEOUT = 60;

/** What onnx's runner said. */
interface Peer {
  readonly cases: number;
  readonly seconds: number;
  readonly results: Readonly<Record<string, "passed" | "failed" | "error" | "skipped">>;
}

async function peer({ processes, host }: Ports): Promise<Peer> {
  const python = `${host.checkout}/.openxpu/venv/bin/python`;
  const ran = await processes.run([python, `${host.checkout}/harness/onnx-node/peer.py`], {
    cwd: host.checkout,
    environment: { LC_ALL: "C.UTF-8" },
    timeoutSeconds: 600,
  });
  if (ran.code === 0) return JSON.parse(ran.stdout) as Peer;
  throw new HarnessError(
    "WITNESS_FAILED",
    `onnx's runner ended: ${ran.stderr.trim().slice(-200)}`,
    "npx openxpu doctor",
  );
}

/** How the results of both agree, in words. */
function agreement({ results }: Peer, { ran }: NodeRunResult): string {
  const ours = new Map(ran.map(({ ready, judged }) => [ready.name, judged.result]));
  const words = (["passed", "failed", "error"] as const).map((word) => {
    const names = Object.keys(results).filter((name) => results[name] === word);
    const kinds = new Map<string, number>();
    for (const name of names) {
      const kind = ours.get(name) ?? "not run";
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return `its ${names.length} ${word} are here ${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ")}`;
  });
  return words.join("; ");
}

interface Row {
  readonly name: string;
  readonly seconds: number[];
}

function rowText({ name, seconds }: Row, first: Row, cases: number): string {
  const [middle, best] = [median(seconds), Math.min(...seconds)];
  const ratio = median(seconds.map((own, round) => (first.seconds[round] ?? own) / own));
  const rate = Math.round(cases / middle).toLocaleString("en");
  return `${name.padEnd(50)} ${middle.toFixed(2)} s (best ${best.toFixed(2)}) · ${rate} cases/s · ${ratio.toFixed(1)}x`;
}

async function ours(
  cases: readonly ExportedCase[],
  lanes: readonly Lane[],
  optimization: Optimization,
  { clock }: Ports,
): Promise<NodeRunResult> {
  return runCases(cases, lanes, { optimization, batch: BATCH, timeoutSeconds: TIMEOUT }, clock);
}

/** Prints rates of both runners: load, run and judge all cases, without what each imports or builds first. */
export async function benchNodes(ports: Ports, context: Context): Promise<void> {
  const { terminal } = context;
  const cases = await exportedCases(ports);
  const lanes = await Promise.all(Array.from({ length: LANES }, () => ports.lanes.start()));
  const first: Row = { name: "onnx's own runner, one process, no sandbox", seconds: [] };
  const written: Row = { name: `ours, ${LANES} sandboxed lanes, nodes as written`, seconds: [] };
  const optimised: Row = { name: "ours, with ONNX Runtime's graph optimisations", seconds: [] };
  try {
    await Promise.all(lanes.map((lane) => lane.report("python")));
    let said: string | undefined;
    for (let round = 0; round < ROUNDS; round += 1) {
      const theirs = await peer(ports);
      first.seconds.push(theirs.seconds);
      const result = await ours(cases, lanes, "none", ports);
      written.seconds.push(result.seconds);
      const all = await ours(cases, lanes, "all", ports);
      optimised.seconds.push(all.seconds);
      said ??= agreement(theirs, result);
      terminal.note(
        `  round ${round + 1} of ${ROUNDS}: ${[first, written, optimised].map(({ seconds }) => (seconds.at(-1) ?? 0).toFixed(2)).join(" s, ")} s`,
      );
    }
    terminal.out(
      `${cases.length.toLocaleString("en")} ONNX node tests, read, loaded, run and judged; medians of ${ROUNDS} rounds`,
    );
    for (const row of [first, written, optimised]) terminal.out(rowText(row, first, cases.length));
    terminal.out(said ?? "");
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
