// All ports of the pipeline over a miniature: files, compiler, cache and clock in memory, and lanes that play a script.
import type { Ports, ProgressEvent } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { type RunRecord, recordSchema } from "../domain/run-record.ts";
import { check } from "../pipeline.ts";
import type { CheckRequest, SubmissionResult } from "../pipeline/request.ts";
import { type Asked, done, type Script, type ScriptedLane, scriptedLane } from "./lane.ts";
import { type Changes, catalogueOf, miniature, ROOT, SUBMISSION } from "./miniature.ts";
import { fixedClock, type MemoryFiles, memoryCache, scriptedProcesses } from "./memory.ts";
import { kernelLibrary } from "./library.ts";
import { NEGATE, negated, negateOracle } from "./negate.ts";

/** A machine in memory. */
export interface FakeWorld {
  readonly ports: Ports;
  readonly files: MemoryFiles;
  readonly lanes: ScriptedLane[];
  readonly events: ProgressEvent[];
  request(rest?: Partial<CheckRequest>): Promise<CheckRequest>;
}

/** A machine whose kernels play `script` and whose compiler fails with `compilerSays`, where that is not empty. */
export function fakeWorld(script: Script, changes: Changes = {}, compilerSays = ""): FakeWorld {
  const files = miniature({ ...NEGATE, ...changes });
  for (const name of ["random.ts", "tensor.ts", "dtype.ts", "op.ts"])
    files.contents.set(`${ROOT}/harness/domain/${name}`, "");
  const lanes: ScriptedLane[] = [];
  const events: ProgressEvent[] = [];
  const processes = scriptedProcesses(async (command) => {
    if (compilerSays !== "") return { code: 1, stderr: compilerSays };
    await files.write(command.at(-1) ?? "", kernelLibrary("sums"));
    return {};
  });
  const oracle = async (op: string): Promise<typeof negateOracle> => {
    if (op === "negate") return negateOracle;
    throw new HarnessError("ORACLE_FAILED", `no oracle of ${op}`, "name negate");
  };
  const ports: Ports = {
    host: { model: "a processor", cores: 2, version: "0.1.0", commit: "3f9c2ab", variables: {}, checkout: ROOT },
    files,
    processes,
    clock: fixedClock("2026-11-22T10:15:00Z", 50),
    cache: memoryCache(),
    ops: { oracle, onnx: async () => ({ witness: () => ({ absent: "no model" }), baselines: () => [] }) },
    lanes: {
      start: async () => {
        const lane = scriptedLane(script);
        lanes.push(lane);
        return lane;
      },
    },
    progress: { report: (event) => void events.push(event) },
  };
  return {
    ports,
    files,
    lanes,
    events,
    request: async (rest = {}) => {
      const catalogue = await catalogueOf(files);
      const suite = catalogue.suites.get("default");
      if (suite === undefined) throw new Error("the miniature has no suite");
      return {
        submissions: [{ folder: `${ROOT}/${SUBMISSION}`, path: SUBMISSION }],
        catalogue,
        toolchain: {
          compiler: "g++",
          version: "g++ 12",
          abi: "test",
          machine: "x64",
          includes: [],
          scratch: "/scratch",
        },
        suite,
        run: "20261122T101500Z-3fa91c",
        seed: { value: "7".repeat(32), origin: "ci" },
        cases: "*",
        executors: [],
        device: null,
        measure: true,
        selection: [],
        ...rest,
      };
    },
  };
}

/** The name of the submission's kernel; every other one is a reference. */
export const CANDIDATE = "acme/sums";

/** What a right kernel does, and one that is off by one. */
export const right: Script["call"] = ({ inputs }) => done(negated(inputs));
export const wrong: Script["call"] = ({ inputs }) => done(negated(inputs, (value) => value + 1));

/** The candidate plays one script, every reference is right. */
export function candidateOnly(call: Script["call"]): Script {
  return { call: (asked: Asked) => (asked.kernel.name === CANDIDATE ? call(asked) : right(asked)) };
}

/** Runs the pipeline to its end; every record fits its schema. */
export async function runAll(world: FakeWorld, rest: Partial<CheckRequest> = {}): Promise<SubmissionResult[]> {
  const found: SubmissionResult[] = [];
  for await (const result of check(await world.request(rest), world.ports)) found.push(result);
  for (const record of found.flatMap((result) => result.records)) recordSchema.parse(record);
  return found;
}

/** The one result of a run over the miniature's submission. */
export async function runOne(
  script: Script,
  changes: Changes = {},
  rest: Partial<CheckRequest> = {},
): Promise<SubmissionResult> {
  const [result, ...more] = await runAll(fakeWorld(script, changes), rest);
  if (result === undefined || more.length > 0) throw new Error("one result expected");
  return result;
}

/** The record of a case. */
export function recordOfCase(result: SubmissionResult, name: string): RunRecord | undefined {
  return result.records.find((found) => found.case.name === name);
}
