// How much of a run's wall time is the harness: all but kernels, references and the oracle, counted by wrapping the ports.
import type { Oracle } from "../domain/oracle.ts";
import type { Child, Lane, Ports } from "../domain/ports.ts";
import { check } from "../pipeline.ts";
import type { CheckRequest } from "../pipeline/request.ts";
import type { Context } from "./context.ts";

/** What ran when, in ms of the clock, by what it was. */
class Spent {
  private readonly intervals: [number, number][] = [];
  private readonly sums = { judged: 0, raced: 0, oracle: 0 };

  /** Counts `ms` that ended at `end`. */
  add(what: keyof Spent["sums"], end: number, ms: number): void {
    this.sums[what] += ms;
    this.intervals.push([end - ms, end]);
  }

  seconds(what: keyof Spent["sums"]): number {
    return this.sums[what] / 1000;
  }

  /** Seconds in which at least one of them ran. */
  busy(): number {
    let busy = 0;
    let until = Number.NEGATIVE_INFINITY;
    for (const [start, end] of this.intervals.toSorted(([a], [b]) => a - b)) {
      busy += Math.max(0, end - Math.max(start, until));
      until = Math.max(until, end);
    }
    return busy / 1000;
  }
}

function countedChild(child: Child, spent: Spent): Child {
  return {
    close: () => child.close(),
    call: async (...call) => {
      const called = await child.call(...call);
      if (called.state === "done") spent.add("judged", performance.now(), called.ns / 1e6);
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
    warm: (zygote) => lane.warm(zygote),
    report: (zygote) => lane.report(zygote),
    close: () => lane.close(),
    open: async (...open) => {
      const opened = await lane.open(...open);
      if (opened.state === "failed") return opened;
      const child = countedChild(opened.child, spent);
      own.set(child, opened.child);
      return { ...opened, child };
    },
    race: async (order) => {
      const raced = await lane.race({ ...order, children: order.children.map((child) => own.get(child) ?? child) });
      const ns = raced.state === "done" ? raced.ns.reduce((sum, one) => sum + one, 0) : 0;
      spent.add("raced", performance.now(), ns / 1e6);
      return raced;
    },
  };
}

function countedOracle(oracle: Oracle, spent: Spent): Oracle {
  const timed = <Result>(work: () => Result): Result => {
    const start = performance.now();
    const result = work();
    spent.add("oracle", performance.now(), performance.now() - start);
    return result;
  };
  return {
    probes: (bound) => oracle.probes(bound),
    inputs: (...given) => timed(() => oracle.inputs(...given)),
    truth: (...given) => timed(() => oracle.truth(...given)),
  };
}

/**
 * Runs a request and prints where its time went: the harness's share is the part of the wall in which no kernel, reference or oracle ran.
 * Two lanes judge at the same time; races run alone.
 */
export async function benchOverhead(request: CheckRequest, ports: Ports, context: Context): Promise<void> {
  const spent = new Spent();
  const counted: Ports = {
    ...ports,
    lanes: { start: async () => countedLane(await ports.lanes.start(), spent) },
    ops: { onnx: (op) => ports.ops.onnx(op), oracle: async (op) => countedOracle(await ports.ops.oracle(op), spent) },
  };
  const start = ports.clock.elapsed();
  for await (const { submission, status } of check(request, counted))
    context.terminal.note(`  ${submission}: ${status}`);
  const wall = (ports.clock.elapsed() - start) / 1000;
  const share = (100 * (wall - spent.busy())) / wall;
  const sums = (["judged", "raced", "oracle"] as const).map((what) => `${what} ${spent.seconds(what).toFixed(1)} s`);
  context.terminal.out(
    `default suite ${wall.toFixed(1)} s (sums over lanes: ${sums.join(", ")}); the harness alone ${share.toFixed(0)} % of the wall`,
  );
}
