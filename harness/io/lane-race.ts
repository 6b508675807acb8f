// One `time` request: the calls of a race, and what the judge asks to see of them.
import { failureOf, timeSchema } from "../domain/broker.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { KeptCall, Mismatch, Raced, RaceOrder, Turn } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { type BrokerChild, collect, places, type Region } from "./broker-child.ts";
import type { BrokerProcess } from "./broker-process.ts";

/** Sets of inputs that lie in staging for a race. */
export interface RaceField {
  /** Its arguments lie as those of every other child of the race. */
  readonly first: BrokerChild;
  readonly sets: readonly Tensors[];
  /** Of staging: what the field takes. */
  readonly start: number;
  readonly end: number;
  /** As the broker reads them. */
  readonly staged: readonly object[];
  /** Where the outputs of the kept call go. */
  readonly kept: readonly Region[];
}

/** What timed calls are filled with before: the first poison of judged ones, so that nothing tells them apart. */
const POISON = "a5";

function childOf(children: readonly BrokerChild[], position: number): BrokerChild {
  const child = children[position];
  if (child === undefined) throw new HarnessError("BROKER_REFUSED", "a turn of no child", "report this bug");
  return child;
}

/** The inputs of a turn, once more. They go where judged calls of the first child have theirs. */
async function compose(broker: BrokerProcess, field: RaceField, mix: string, turn: Turn): Promise<Tensors> {
  const { first, staged: sets } = field;
  const { set, variant } = turn;
  await broker.request("compose", { child: first.id, sets, mix, set, variant, inputs: places(first.inputs) });
  return collect(broker, first.inputs);
}

/** Runs the turns of an order. @throws HarnessError when the broker refuses or is lost */
export async function timeTurns(
  broker: BrokerProcess,
  children: readonly BrokerChild[],
  field: RaceField,
  order: RaceOrder,
  deadlineSeconds: number,
): Promise<Raced> {
  const { turns, mix, keep } = order;
  // Two outputs that differ go where judged calls of these two children have theirs.
  const [pair] = order.verify;
  const [first, second] = pair?.map((position) => childOf(children, position)) ?? [];
  const evidence =
    first === undefined || second === undefined
      ? undefined
      : { first: places(first.outputs), second: places(second.outputs) };
  const reply = await broker.request("time", {
    schedule: turns.map(({ child, set, variant }) => [childOf(children, child).id, set, variant]),
    sets: field.staged,
    mix,
    verify: order.verify.map((both) => both.map((position) => childOf(children, position).id)),
    evidence,
    keep:
      keep === null
        ? undefined
        : { child: childOf(children, keep.child).id, from: keep.from, to: keep.to, outputs: places(field.kept) },
    poison: POISON,
    deadlineMs: deadlineSeconds * 1000,
    budgetMs: Math.ceil(order.budgetSeconds * 1000),
  });
  const timed = timeSchema.parse(reply);
  if (timed.state === "failed") {
    childOf(children, turns[timed.entry]?.child ?? 0).end();
    return { state: "failed", turn: timed.entry, failure: failureOf(timed) };
  }
  const inputsOf = (entry: number): Promise<Tensors> => {
    const turn = turns[entry];
    if (turn === undefined) throw new HarnessError("BROKER_REFUSED", "a reply about no turn", "report this bug");
    return compose(broker, field, mix, turn);
  };
  const [differing] = timed.mismatches;
  let mismatch: Mismatch | null = null;
  if (differing !== undefined && first !== undefined && second !== undefined) {
    const output = first.outputs.find(({ index }) => index === differing.index)?.spec.name ?? String(differing.index);
    const outputs = [collect(broker, first.outputs), collect(broker, second.outputs)] as const;
    const inputs = await inputsOf(differing.entry);
    mismatch = { turn: differing.entry, output, byte: differing.byte, inputs, outputs };
  }
  let kept: KeptCall | null = null;
  if (timed.kept !== undefined && mismatch === null) {
    const outputs = collect(broker, field.kept);
    kept = { turn: timed.kept, inputs: await inputsOf(timed.kept), outputs };
  }
  const canaries = timed.canaries.map(({ entry, ...canary }) => ({ ...canary, turn: entry }));
  return {
    state: "done",
    ns: timed.ns,
    exposedNs: timed.exposedNs,
    mismatch,
    canaries,
    verified: timed.verified,
    kept,
  };
}
