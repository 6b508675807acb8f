// How much of a run's wall time is the harness: all but kernels, references and the oracle, counted by wrapping the ports.
import type { Oracle } from "../domain/oracle.ts";
import type { Child, Lane, Ports } from "../domain/ports.ts";
import { check } from "../pipeline.ts";
import type { CheckRequest } from "../pipeline/request.ts";
import type { Context } from "./context.ts";

/** Seconds by what they went to. */
interface Spent {
  /** Judged calls of candidates and references, over all lanes. */
  judged: number;
  /** Timed calls of races. */
  raced: number;
  oracle: number;
}

function countedChild(child: Child, spent: Spent): Child {
  return {
    close: () => child.close(),
    call: async (...call) => {
      const called = await child.call(...call);
      if (called.state === "done") spent.judged += called.ns / 1e9;
      return called;
    },
  };
}

function countedLane(lane: Lane, spent: Spent): Lane {
  // A race wants the lane's own children back.
  const own = new Map<Child, Child>();
  return {
    isolation: lane.isolation,
    why: lane.why,
    report: (zygote) => lane.report(zygote),
    close: () => lane.close(),
    open: async (...open) => {
      const opened = await lane.open(...open);
      if (opened.state === "failed") return opened;
      const child = countedChild(opened.child, spent);
      own.set(child, opened.child);
      return { ...opened, child };
    },
    race: async ([first, second], ...rest) => {
      const raced = await lane.race([own.get(first) ?? first, own.get(second) ?? second], ...rest);
      if (raced.state === "done") spent.raced += raced.ns.reduce((sum, ns) => sum + ns, 0) / 1e9;
      return raced;
    },
  };
}

function countedOracle(oracle: Oracle, spent: Spent): Oracle {
  const timed = <Result>(work: () => Result): Result => {
    const start = performance.now();
    const result = work();
    spent.oracle += (performance.now() - start) / 1000;
    return result;
  };
  return {
    probes: (bound) => oracle.probes(bound),
    inputs: (...given) => timed(() => oracle.inputs(...given)),
    truth: (...given) => timed(() => oracle.truth(...given)),
  };
}

/** Runs a request and prints where its time went. `lanes` judge at the same time; races run alone. */
export async function benchOverhead(
  request: CheckRequest,
  ports: Ports,
  lanes: number,
  context: Context,
): Promise<void> {
  const spent: Spent = { judged: 0, raced: 0, oracle: 0 };
  const counted: Ports = {
    ...ports,
    lanes: { start: async () => countedLane(await ports.lanes.start(), spent) },
    ops: { onnx: (op) => ports.ops.onnx(op), oracle: async (op) => countedOracle(await ports.ops.oracle(op), spent) },
  };
  const start = ports.clock.elapsed();
  for await (const { submission, status } of check(request, counted))
    context.terminal.note(`  ${submission}: ${status}`);
  const wall = (ports.clock.elapsed() - start) / 1000;
  const compute = spent.judged / lanes + spent.raced + spent.oracle;
  const share = (100 * (wall - compute)) / wall;
  const parts = `judged calls ${spent.judged.toFixed(1)} s over ${lanes} lanes, races ${spent.raced.toFixed(1)} s, oracle ${spent.oracle.toFixed(1)} s`;
  context.terminal.out(`default suite ${wall.toFixed(1)} s: ${parts}; the harness ${share.toFixed(0)} % of the wall`);
}
