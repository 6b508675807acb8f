// The suite: the export verified, every case run and judged, one record each.
import type { NodeRecord, NodeResult, NodeRun } from "../domain/node-record.ts";
import { NODE_RESULTS } from "../domain/node-record.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import type { Problem } from "../domain/problem.ts";
import type { Suite } from "../domain/suite.ts";
import { versionOf } from "../pipeline/witnesses.ts";
import type { Catalogue } from "../stages/validate/catalogue.ts";
import type { RefusedCase } from "./case.ts";
import { readManifest, verify, type Verified } from "./digests.ts";
import { exportedCases, MANIFEST } from "./exporter.ts";
import { withWord } from "./judge.ts";
import { KNOWN, newsOf } from "./known.ts";
import { OurRules, type OurWords } from "./ours.ts";
import { type RunCase, runCases } from "./run.ts";

/** What a run of the suite asks for. */
export interface NodeRequest {
  readonly run: string;
  readonly suite: NonNullable<Suite["onnxNode"]>;
  /** Whether a case is selected, by its name. */
  readonly chosen: (name: string) => boolean;
  readonly catalogue: Catalogue;
  /** Told between the steps. */
  readonly progress: (text: string) => void;
}

/** The run with everything that is wrong with the export. */
export interface NodeSuiteResult {
  readonly whole: NodeRun;
  readonly problems: readonly Problem[];
}

/** What every record of a run says. */
type Common = Pick<NodeRecord, "schema" | "run" | "time" | "package" | "executor" | "harness">;

const operatorOf = (operator: string): string => (operator.startsWith("/") ? `ai.onnx${operator}` : operator);

function ranRecord({ ready, judged }: RunCase, ours: OurWords, verified: Verified, common: Common): NodeRecord {
  const whole = ours.word === null ? judged : withWord(ready.operator, judged, ours.word);
  return {
    ...common,
    case: ready.name,
    operator: operatorOf(ready.operator),
    expected: verified.own.has(ready.name) ? "machine" : "manifest",
    result: whole.result,
    group: whole.group,
    reason: whole.reason,
    rules: [...whole.rules],
    errors: [...whole.errors],
    cover: ours.cover,
    others: [...ours.others],
    ns: whole.ns,
  };
}

/** A case that nothing ran. */
function idleRecord(
  name: string,
  operator: string,
  result: "refused" | "error",
  group: string,
  reason: string,
  common: Common,
): NodeRecord {
  return {
    ...common,
    case: name,
    operator: operatorOf(operator),
    expected: "manifest",
    result,
    group,
    reason,
    rules: [],
    errors: [],
    cover: { op: null, reason },
    others: [],
    ns: null,
  };
}

function refusedRecord({ name, operator, problems }: RefusedCase, common: Common): NodeRecord {
  const [first] = problems;
  const reason = problems.map(({ code, message }) => `${code} ${message}`).join("; ");
  return idleRecord(name, operator, "refused", first?.code ?? "refused", reason, common);
}

/** Results by kind; every kind is there. */
function totalsOf(records: readonly NodeRecord[]): Record<NodeResult, number> {
  const count = (result: NodeResult): number => records.filter((record) => record.result === result).length;
  return Object.fromEntries(NODE_RESULTS.map((result) => [result, count(result)])) as Record<NodeResult, number>;
}

/** The words of our rules on every case that ran, on all lanes. */
async function wordsOf(ran: readonly RunCase[], lanes: readonly Lane[], rules: OurRules): Promise<OurWords[]> {
  const words: OurWords[] = [];
  let next = 0;
  const work = async (lane: Lane): Promise<void> => {
    for (let at = next++; at < ran.length; at = next++) {
      const one = ran[at];
      if (one !== undefined) words[at] = await rules.of(one, lane);
    }
  };
  await Promise.all(lanes.map(work));
  return words;
}

/** Runs the suite on lanes that are starting. */
export async function runNodeSuite(
  request: NodeRequest,
  lanes: readonly Lane[],
  ports: Ports,
): Promise<NodeSuiteResult> {
  const { suite, catalogue, progress } = request;
  const manifest = readManifest(await ports.files.text(`${ports.host.checkout}/${MANIFEST}`));
  progress(`the node tests of ${manifest.package}: exported once, then cached`);
  const [exported, reports] = await Promise.all([
    exportedCases(ports),
    Promise.all(lanes.map((lane) => lane.report("python"))),
  ]);
  const verified = verify(exported, manifest, MANIFEST);
  const executor = catalogue.executors.get("onnxruntime")?.value;
  const common: Common = {
    schema: "openxpu.onnx-node/v1",
    run: request.run,
    time: ports.clock.now().toISOString(),
    package: manifest.package,
    executor: {
      executor: "onnxruntime",
      version: executor === undefined ? "unknown" : versionOf(reports[0] ?? {}, executor),
      isolation: lanes[0]?.isolation ?? "none",
      optimization: suite.optimization,
    },
    harness: { version: ports.host.version, commit: ports.host.commit },
  };
  const good = exported.filter(({ name }) => verified.good.has(name));
  const options = { optimization: suite.optimization, batch: suite.batch, timeoutSeconds: suite.seconds };
  const result = await runCases(good, lanes, { ...options, chosen: request.chosen }, ports.clock);
  progress(`${result.ran.length} cases run in ${result.seconds.toFixed(2)} s; now those that an op of ours covers`);
  const words = await wordsOf(result.ran, lanes, new OurRules(catalogue, suite.executors, ports));
  const altered = exported.filter(({ name }) => !verified.good.has(name) && request.chosen(name));
  const records = [
    ...result.ran.flatMap((ran, index) => {
      const ours = words[index];
      return ours === undefined ? [] : [ranRecord(ran, ours, verified, common)];
    }),
    ...result.refused.map((refused) => refusedRecord(refused, common)),
    ...altered.map(({ name }) =>
      idleRecord(name, "unknown", "error", "CASE_ALTERED", "the export is not what the manifest says", common),
    ),
  ].sort((a, b) => (a.case < b.case ? -1 : 1));
  const known = await ports.files.text(`${ports.host.checkout}/${KNOWN}`);
  return {
    whole: {
      schema: "openxpu.onnx-nodes/v1",
      run: request.run,
      package: manifest.package,
      totals: totalsOf(records),
      news: newsOf(records, known),
      seconds: result.seconds,
      records,
    },
    problems: verified.problems,
  };
}
