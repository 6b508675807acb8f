// Every case on ONNX Runtime: read, run on all lanes at once, judged by the rules that need no oracle.
import type { Isolation } from "../domain/kernel.ts";
import type { Clock, Lane } from "../domain/ports.ts";
import type { ExportedCase } from "./archive.ts";
import type { Answer } from "./bundle.ts";
import { CaseReader, type ReadyCase, type RefusedCase } from "./case.ts";
import { type Judged, judgeAnswer } from "./judge.ts";
import { NodeRunner, type Optimization } from "./runner.ts";

/** How to run. */
export interface RunOptions {
  readonly optimization: Optimization;
  /** Cases of one call at most. */
  readonly batch: number;
  /** For one call. */
  readonly timeoutSeconds: number;
  /** Whether a case is run, by its name; absent: all. */
  readonly chosen?: (name: string) => boolean;
}

/** A case that ran. */
export interface RunCase {
  readonly ready: ReadyCase;
  readonly answer: Answer;
  readonly judged: Judged;
}

/** What running all cases gave. */
export interface NodeRunResult {
  /** In the order of the cases. */
  readonly ran: readonly RunCase[];
  readonly refused: readonly RefusedCase[];
  readonly isolation: Isolation;
  /** Of reading, running and judging all of them. */
  readonly seconds: number;
}

/** Bytes of the files of one call: few calls, and both lanes end at about the same time. */
const CALL_BYTES = 2 ** 17;

function fileBytes({ model, inputs, outputs }: ExportedCase): number {
  return [model, ...inputs, ...outputs].reduce((sum, file) => sum + file.length, 0);
}

/** Cases cut into calls of at most `most` cases and CALL_BYTES; larger cases come last and alone, because a child keeps their room. */
export function callsOf(cases: readonly ExportedCase[], most: number): ExportedCase[][] {
  const calls: ExportedCase[][] = [];
  const large = cases.filter((one) => fileBytes(one) > CALL_BYTES);
  let used = 0;
  for (const one of cases) {
    const size = fileBytes(one);
    if (size > CALL_BYTES) continue;
    const last = calls.at(-1);
    if (last === undefined || last.length >= most || used + size > CALL_BYTES) {
      calls.push([one]);
      used = size;
    } else {
      last.push(one);
      used += size;
    }
  }
  return [...calls, ...large.map((one) => [one])];
}

/** Reads, runs and judges cases; each lane takes the next call when it is free. */
class Shift {
  readonly done = new Map<string, RunCase>();
  readonly refused: RefusedCase[] = [];
  private readonly reader: CaseReader;
  private readonly queue: ExportedCase[][];
  private readonly options: RunOptions;

  constructor(exported: readonly ExportedCase[], options: RunOptions) {
    const { chosen = () => true } = options;
    this.reader = new CaseReader(exported);
    this.queue = callsOf(
      exported.filter(({ name }) => chosen(name)),
      options.batch,
    );
    this.options = options;
  }

  /** The cases of the next call, undefined when there is none. */
  private next(): ReadyCase[] | undefined {
    const read = this.queue.shift()?.map((one) => this.reader.read(one));
    for (const one of read ?? []) if ("problems" in one) this.refused.push(one);
    return read?.filter((one): one is ReadyCase => "model" in one);
  }

  private judge(cases: readonly ReadyCase[], answers: readonly Answer[]): void {
    cases.forEach((ready, index) => {
      const answer = answers[index];
      if (answer !== undefined) this.done.set(ready.name, { ready, answer, judged: judgeAnswer(ready, answer) });
    });
  }

  /** Works until no call is left; while one runs, the one before it is judged and the one behind it read. */
  async work(lane: Lane): Promise<void> {
    const { optimization, timeoutSeconds } = this.options;
    const runner = new NodeRunner(lane, optimization, timeoutSeconds);
    try {
      let before: { readonly cases: ReadyCase[]; readonly answers: Answer[] } | undefined;
      for (let cases = this.next(); cases !== undefined; ) {
        const running = runner.run(cases);
        // Awaited below; a rejection that comes before is no unhandled one.
        running.catch(() => {});
        // The call has been posted only once the event loop turned.
        await new Promise((resolve) => setImmediate(resolve));
        if (before !== undefined) this.judge(before.cases, before.answers);
        const following = this.next();
        before = { cases, answers: await running };
        cases = following;
      }
      if (before !== undefined) this.judge(before.cases, before.answers);
    } finally {
      await runner.close();
    }
  }
}

/** Runs cases on lanes. */
export async function runCases(
  exported: readonly ExportedCase[],
  lanes: readonly Lane[],
  options: RunOptions,
  clock: Clock,
): Promise<NodeRunResult> {
  const start = clock.elapsed();
  const shift = new Shift(exported, options);
  await Promise.all(lanes.map((lane) => shift.work(lane)));
  return {
    ran: exported.flatMap(({ name }) => shift.done.get(name) ?? []),
    refused: shift.refused,
    isolation: lanes[0]?.isolation ?? "none",
    seconds: (clock.elapsed() - start) / 1000,
  };
}
