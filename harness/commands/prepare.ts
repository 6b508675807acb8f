// A run before it starts: options as they were typed become what the pipeline is asked to do.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { Ports } from "../domain/ports.ts";
import { isSeed } from "../domain/random.ts";
import type { CheckRequest } from "../pipeline/request.ts";
import { ciSeed } from "../vote/evidence/pack.ts";
import type { Context } from "./context.ts";
import { catalogueOf, usage } from "./context.ts";

/** Options of a run as they were typed. */
export interface RunOptions {
  readonly suite: string;
  readonly device?: string;
  readonly executor?: readonly string[];
  readonly case?: string;
  readonly seed?: string;
  readonly measure: boolean;
  readonly belowFull?: boolean;
  readonly json?: string;
  readonly out: string;
  /** The run to go on with: everything else but `json` and `out` is its own. */
  readonly resume?: string;
}

/** Time and six random hex digits: sorts by time, never collides in practice. */
export function newRunId(now: Date, random: string): string {
  return `${now.toISOString().replace(/[-:]|\.\d+/g, "")}-${random.slice(0, 6)}`;
}

/** The seed of a run: given, recomputable in CI, else random. Fixed here, after the submissions' files are there. */
function seedOf(given: string | undefined, environment: Context["environment"]): CheckRequest["seed"] {
  if (given !== undefined) {
    if (isSeed(given)) return { value: given, origin: "given" };
    throw usage("SEED_INVALID", "--seed", `'${given}' is no seed`, "give 32 hex digits, as a record shows them");
  }
  // On a pull request GITHUB_SHA is a merge commit; the workflow names the head.
  const { OPENXPU_HEAD, GITHUB_SHA, GITHUB_REPOSITORY_ID, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } = environment;
  const head = OPENXPU_HEAD ?? GITHUB_SHA;
  const [repository, workflowRun, attempt] = [GITHUB_REPOSITORY_ID, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT].map(Number);
  if (head !== undefined && /^[0-9a-f]{40}$/.test(head) && repository && workflowRun && attempt)
    return { value: ciSeed({ repository, head, workflowRun, attempt }), origin: "ci" };
  return { value: randomBytes(16).toString("hex"), origin: "random" };
}

function selectionOf(options: RunOptions): string[] {
  return [
    ...(options.case === undefined || options.case === "*" ? [] : [`--case ${options.case}`]),
    ...(options.executor ?? []).map((executor) => `--executor ${executor}`),
    ...(options.measure ? [] : ["--no-measure"]),
    ...(options.device === undefined ? [] : [`--device ${options.device}`]),
    ...(options.belowFull === true ? ["--below-full"] : []),
  ];
}

/** Prepares a run over folders. @throws InputError for an unknown suite, executor or seed */
export async function prepare(
  folders: readonly string[],
  options: RunOptions,
  context: Context,
): Promise<{ request: CheckRequest; ports: Ports }> {
  const { ports, toolchain } = await context.world();
  const catalogue = await catalogueOf(context, ports);
  const suite = catalogue.suites.get(options.suite);
  if (suite === undefined) {
    const fix = `choose one of ${[...catalogue.suites.keys()].join(", ")}`;
    throw usage("SUITE_UNKNOWN", "--suite", `there is no suite '${options.suite}'`, fix);
  }
  if (suite.value.onnxNode !== undefined)
    throw usage(
      "SUITE_UNKNOWN",
      "--suite",
      `suite '${options.suite}' selects no submissions`,
      `npx openxpu suite run ${options.suite}`,
    );
  const known = [...catalogue.executors.keys()];
  const stray = (options.executor ?? []).find((name) => !known.includes(name));
  if (stray !== undefined)
    throw usage(
      "EXECUTOR_UNKNOWN",
      "--executor",
      `there is no executor '${stray}'`,
      `choose one of ${known.join(", ")}`,
    );
  const { device } = options;
  if (device !== undefined && !catalogue.backends.has(device)) {
    const fix = `choose one of ${[...catalogue.backends.keys()].join(", ")}`;
    throw usage("BACKEND_UNKNOWN", "--device", `there is no backend '${device}'`, fix);
  }
  const request: CheckRequest = {
    submissions: folders.map((path) => ({ folder: resolve(context.folder, path), path: path.replace(/\/+$/, "") })),
    catalogue,
    toolchain,
    suite,
    run: newRunId(ports.clock.now(), randomBytes(3).toString("hex")),
    seed: seedOf(options.seed, context.environment),
    cases: options.case ?? "*",
    executors: options.executor ?? [],
    device: device ?? null,
    measure: options.measure && suite.value.measure.cases > 0,
    selection: selectionOf(options),
    belowFull: options.belowFull === true,
  };
  return { request, ports };
}
