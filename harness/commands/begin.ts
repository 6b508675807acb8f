// A run with its journal: a new one, or one that was interrupted and goes on.
import { resolve } from "node:path";
import type { BegunRun } from "../domain/begun-run.ts";
import type { Ports } from "../domain/ports.ts";
import type { CheckRequest } from "../pipeline/request.ts";
import { digestText } from "../stages/execute/regimes.ts";
import type { Context } from "./context.ts";
import { type DiskJournal, diskJournal, harnessOf, readBegun } from "./journal.ts";
import { prepare, type RunOptions } from "./prepare.ts";

/** A run that can be started, or gone on with. */
export interface Prepared {
  readonly folders: readonly string[];
  readonly options: RunOptions;
  readonly request: CheckRequest;
  readonly journal: DiskJournal;
  readonly ports: Ports;
}

/** What is written down of a run before its first case. */
async function factsOf(request: CheckRequest, options: RunOptions, ports: Ports): Promise<Omit<BegunRun, "sources">> {
  const { suite, device, executor, case: cases, seed, measure, json, belowFull } = options;
  return {
    schema: "openxpu.begun-run/v1",
    run: request.run,
    submissions: request.submissions.map((one) => ({ ...one })),
    options: {
      suite,
      ...(device === undefined ? {} : { device }),
      ...(executor === undefined ? {} : { executor: [...executor] }),
      ...(cases === undefined ? {} : { case: cases }),
      ...(seed === undefined ? {} : { seed }),
      measure,
      ...(json === undefined ? {} : { json }),
      ...(belowFull === undefined ? {} : { belowFull }),
    },
    seed: { ...request.seed },
    suite: { suite, digest: digestText(request.suite.text) },
    harness: await harnessOf(ports),
  };
}

/** Prepares a run with its journal: a new one, or the one that `--resume` names. @throws InputError */
export async function begin(given: readonly string[], typed: RunOptions, context: Context): Promise<Prepared> {
  const shown = `${typed.out}/records`;
  const folder = resolve(context.folder, shown);
  if (typed.resume === undefined) {
    const { request, ports } = await prepare(given, typed, context);
    const place = { folder, run: request.run };
    const journal = await diskJournal(place, await factsOf(request, typed, ports), undefined, shown, ports.files);
    return { folders: given, options: typed, request: { ...request, journal }, journal, ports };
  }
  const place = { folder, run: typed.resume };
  const begun = await readBegun(place, shown, (await context.world()).ports.files);
  const options: RunOptions = {
    ...begun.options,
    out: typed.out,
    ...(typed.json === undefined ? {} : { json: typed.json }),
  };
  const folders = begun.submissions.map(({ path }) => path);
  const fresh = await prepare(folders, options, context);
  const again = { ...fresh.request, run: begun.run, seed: begun.seed, submissions: begun.submissions };
  const facts = await factsOf(again, options, fresh.ports);
  const journal = await diskJournal(place, facts, begun, shown, fresh.ports.files);
  return { folders, options, request: { ...again, journal }, journal, ports: fresh.ports };
}

/** What somebody whose run ended early is told. */
export function howToResume({ run }: CheckRequest, { written, count }: DiskJournal, out: string): string {
  if (!written()) return "nothing was judged yet";
  const where = out === "dist" ? "" : ` --out ${out}`;
  return `${count()} finished records of the run are kept; go on with: npx openxpu check --resume ${run}${where}`;
}
