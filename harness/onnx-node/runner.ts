// Runs cases on ONNX Runtime in our sandbox: one child a lane, many cases a call. When a case takes the child down, it alone is blamed and the
// others of its call are run again.
import type { Kernel } from "../domain/kernel.ts";
import type { Child, Lane, Signature } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { type Answer, bytesIn, bytesOut, packCases, unpackAnswers } from "./bundle.ts";
import type { ReadyCase } from "./case.ts";

/** Which graph optimisations the session may do: `none` runs the nodes as they are written. */
export type Optimization = "none" | "all";

/** Bytes that a child may allocate beyond what its zygote has. */
const MEMORY_BYTES = 4 * 2 ** 30;
/** ONNX Runtime otherwise refuses operator sets that it knows but calls unreleased. */
const ENVIRONMENT = { ALLOW_RELEASED_ONNX_OPSET_ONLY: "0" } as const;
/** Both tensors' sizes are multiples of a page. */
const PAGE = 4096;

function kernelOf(optimization: Optimization, timeoutSeconds: number): Kernel {
  return {
    name: "onnxruntime",
    executor: "onnxruntime",
    zygote: "python",
    program: { worker: "onnxruntime", batch: { optimization } },
    binds: [],
    environment: ENVIRONMENT,
    align: 256,
    threads: 1,
    memoryBytes: MEMORY_BYTES,
    timeoutSeconds,
    // Nothing here is judged by a class: each rule brings its own tolerance.
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

/** Bytes of the tensor of cases and of the tensor of answers. */
interface Room {
  readonly inBytes: number;
  readonly outBytes: number;
}

/** Room that the calls of the suite fit into; a larger one gets a child of its own size. */
const ROOM: Room = { inBytes: 2 ** 19, outBytes: 2 ** 19 };

const pages = (bytes: number): number => Math.ceil((bytes + PAGE) / PAGE) * PAGE;

/** Room for some cases: never less than before, so that a child serves for many calls. */
function roomFor(cases: readonly ReadyCase[], before: Room): Room {
  const needed = (size: (one: ReadyCase) => number): number => pages(cases.reduce((sum, one) => sum + size(one), 0));
  return {
    inBytes: Math.max(before.inBytes, needed(bytesIn)),
    outBytes: Math.max(before.outBytes, needed(bytesOut)),
  };
}

/** The case that a dead child was at: the last one that it named. */
function lastCase(log: string): number | undefined {
  const named = [...log.matchAll(/^case (\d+)$/gm)].at(-1)?.[1];
  return named === undefined ? undefined : Number(named);
}

/** The answers of a call. @throws HarnessError when they cannot be read */
function answersOf(bytes: unknown, count: number): Answer[] {
  try {
    const answers = bytes instanceof Uint8Array ? unpackAnswers(bytes) : [];
    if (answers.length === count) return answers;
    throw new RangeError(`${answers.length} answers to ${count} cases`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new HarnessError("WITNESS_FAILED", `ONNX Runtime's answers cannot be read: ${message}`, "run again", error);
  }
}

/** A lane that runs cases. */
export class NodeRunner {
  private readonly lane: Lane;
  private readonly kernel: Kernel;
  private room = ROOM;
  /** What a call reads; used again by the next, after the answer to the one before. */
  private packed = new Uint8Array(ROOM.inBytes);
  private child: Child | undefined;

  constructor(lane: Lane, optimization: Optimization, timeoutSeconds: number) {
    this.lane = lane;
    this.kernel = kernelOf(optimization, timeoutSeconds);
  }

  private get signature(): Signature {
    const bytes = (name: string, size: number): Signature["inputs"][number] => ({
      name,
      dtype: "uint8",
      shape: [size],
      absent: false,
      parameter: false,
    });
    return {
      inputs: [bytes("cases", this.room.inBytes)],
      outputs: [bytes("answers", this.room.outBytes)],
      attributes: [],
    };
  }

  /** A child with room for some cases. @throws HarnessError when it does not open */
  private async open(cases: readonly ReadyCase[]): Promise<Child> {
    const room = roomFor(cases, this.room);
    const enough = room.inBytes === this.room.inBytes && room.outBytes === this.room.outBytes;
    if (this.child !== undefined && enough) return this.child;
    await this.close();
    this.room = room;
    if (this.packed.length < room.inBytes) this.packed = new Uint8Array(room.inBytes);
    const opened = await this.lane.open(this.kernel, this.signature, "right");
    if (opened.state === "failed")
      throw new HarnessError(
        "WITNESS_FAILED",
        `ONNX Runtime did not start: ${opened.failure.message}`,
        "npx openxpu doctor",
      );
    this.child = opened.child;
    return this.child;
  }

  /** Runs cases and gives an answer for each. */
  async run(cases: readonly ReadyCase[]): Promise<Answer[]> {
    if (cases.length === 0) return [];
    const child = await this.open(cases);
    packCases(cases, this.packed);
    const called = await child.call(
      { cases: { dtype: "uint8", shape: [this.packed.length], elements: this.packed } },
      "a5",
      this.kernel.timeoutSeconds,
    );
    if (called.state === "done") {
      const bytes = called.outputs["answers"]?.elements;
      return answersOf(bytes, cases.length);
    }
    this.child = undefined;
    const { failure } = called;
    const at = lastCase(failure.log ?? "");
    if (at === undefined || at >= cases.length)
      throw new HarnessError("WITNESS_FAILED", `ONNX Runtime ended: ${failure.message}`, "npx openxpu doctor");
    const blamed: Answer = {
      state: "failed",
      phase: "run",
      kind: failure.kind,
      message: `it ended the process: ${failure.signal ?? failure.kind} ${failure.message}`.trim(),
    };
    return [...(await this.run(cases.slice(0, at))), blamed, ...(await this.run(cases.slice(at + 1)))];
  }

  async close(): Promise<void> {
    await this.child?.close();
    this.child = undefined;
  }
}
