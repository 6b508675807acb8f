// Cases that one of our ops covers: ONNX Runtime's outputs judged by our error model against our oracle, and the op's other references
// run on the same inputs.
import type { OtherExecutor, RuleWord } from "../domain/node-record.ts";
import { type NumericsClass, numericsClass } from "../domain/op.ts";
import type { Probe } from "../domain/oracle.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import type { Finding } from "../domain/verdict.ts";
import { referenceKernel, versionOf } from "../pipeline/witnesses.ts";
import { type Judgement, judge, type JudgedExecution } from "../stages/compare/verdict.ts";
import type { Regime } from "../stages/execute/regimes.ts";
import { execute, signatureOf } from "../stages/execute/run.ts";
import type { Catalogue } from "../stages/validate/catalogue.ts";
import { type CoveredCase, findCover } from "./cover/find.ts";
import type { RunCase } from "./run.ts";

/** The official inputs are random ones: lane B. */
const PROBE: Probe = {
  name: "onnx",
  lane: "B",
  reveals: "a departure from the op's meaning on the inputs of ONNX's own test",
};

/** What was said of a case beside onnx's rule. */
export interface OurWords {
  readonly cover: { readonly op: string | null; readonly reason: string | null };
  /** null where no op covers the case, or the executor gave no outputs. */
  readonly word: RuleWord | null;
  readonly others: readonly OtherExecutor[];
}

/** The first finding with its worst element, in one line. */
function findingText({ output, gate, message, worst }: Finding): string {
  const element =
    worst === null
      ? ""
      : `; [${worst.index.join(", ")}] got ${worst.got} want ${worst.want}${worst.allowed === null ? "" : ` within ${worst.allowed.toPrecision(3)}`}`;
  return `${output ?? ""}, gate ${gate}: ${message}${element}`;
}

function wordOf(judgement: Judgement, op: string, numerics: NumericsClass): RuleWord {
  const [first] = judgement.findings;
  return {
    rule: `${op} ${numerics.class}`,
    applies: `the error model of ${op}, class ${numerics.class}, against its oracle in float64 or exact integers`,
    accepted: first === undefined,
    message: first === undefined ? null : findingText(first),
  };
}

/** Judges covered cases. `executors`: names of the references beside ONNX Runtime. */
export class OurRules {
  private readonly catalogue: Catalogue;
  private readonly executors: readonly string[];
  private readonly ports: Ports;

  constructor(catalogue: Catalogue, executors: readonly string[], ports: Ports) {
    this.catalogue = catalogue;
    this.executors = executors;
    this.ports = ports;
  }

  private numericsOf(covered: CoveredCase, executor: string): NumericsClass | undefined {
    return numericsClass(covered.op, covered.op.references[executor]?.numerics ?? "");
  }

  private absent(name: string, version: string, reason: string): OtherExecutor {
    return { executor: name, version, result: null, reason, rules: [] };
  }

  private async other(name: string, covered: CoveredCase, regime: Regime, lane: Lane): Promise<OtherExecutor> {
    const executor = this.catalogue.executors.get(name)?.value;
    const op = this.catalogue.ops.get(covered.op.op);
    const numerics = this.numericsOf(covered, name);
    if (executor === undefined || op === undefined) return this.absent(name, "none", `there is no executor '${name}'`);
    const version = versionOf(await lane.report(executor.zygote), executor);
    const kernel = await referenceKernel(executor, op, covered.bound, this.ports);
    if ("absent" in kernel || numerics === undefined)
      return this.absent(name, version, "absent" in kernel ? kernel.absent : `${covered.op.op} has no ${name} class`);
    const execution = await execute(lane, kernel, signatureOf(covered.op, covered.bound), [regime], "once");
    const judgement = judge(execution, covered.bound, numerics, true);
    const word = wordOf(judgement, covered.op.op, numerics);
    if (execution.failure === null) {
      const reason = word.accepted ? null : `rejected by ${word.rule}: ${word.message ?? ""}`;
      return { executor: name, version, result: word.accepted ? "passed" : "wrong", reason, rules: [word] };
    }
    const { kind, message } = execution.failure.failure;
    return {
      executor: name,
      version,
      result: kind === "declined" ? "unsupported" : "error",
      reason: message,
      rules: [],
    };
  }

  private async regimeOf(covered: CoveredCase): Promise<Regime> {
    const oracle = await this.ports.ops.oracle(covered.op.op);
    return { probe: PROBE, inputs: covered.inputs, truths: oracle.truth(covered.bound, PROBE, covered.inputs) };
  }

  private onnxWord({ answer }: RunCase, covered: CoveredCase, regime: Regime): RuleWord | null {
    const numerics = this.numericsOf(covered, "onnxruntime");
    if (answer.state === "failed" || numerics === undefined) return null;
    const outputs = covered.outputs(answer.outputs);
    const call = { regime, placement: "right", process: 0, poison: "a5", outputs, canaries: [] } as const;
    const execution: JudgedExecution = { calls: [call], failure: null };
    return wordOf(judge(execution, covered.bound, numerics, true), covered.op.op, numerics);
  }

  /** What our rules say of one case. */
  async of(ran: RunCase, lane: Lane): Promise<OurWords> {
    const covered = findCover(ran.ready, this.catalogue.ops);
    const none = (reason: string): OurWords => ({
      cover: { op: null, reason },
      word: null,
      others: this.executors.map((name) => this.absent(name, "none", reason)),
    });
    if (typeof covered === "string") return none(covered);
    try {
      const regime = await this.regimeOf(covered);
      const word = this.onnxWord(ran, covered, regime);
      const others: OtherExecutor[] = [];
      for (const name of this.executors) others.push(await this.other(name, covered, regime, lane));
      return { cover: { op: covered.op.op, reason: null }, word, others };
    } catch (error) {
      // Outputs of another shape are onnx's rule to tell; an oracle that fails says nothing of an executor.
      const told = error instanceof RangeError || (error instanceof HarnessError && error.code === "ORACLE_FAILED");
      if (!told) throw error;
      return none(`${covered.op.op} did not judge it: ${error.message}`);
    }
  }
}
