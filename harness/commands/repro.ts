// openxpu repro: one recorded case again, from its seed, and whether the same bytes came out.
import { resolve } from "node:path";
import { Command } from "commander";
import { check } from "../pipeline.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { exitCodeOf } from "../domain/verdict.ts";
import { type Context, usage } from "./context.ts";
import { dumpCase } from "./dump.ts";
import { RECORDS_FILE } from "../vote/evidence/pack.ts";
import { readRecords } from "./report.ts";
import { prepare } from "./prepare.ts";
import { findingText } from "./text/finding.ts";
import { visible } from "../domain/visible.ts";

interface ReproOptions {
  readonly records: string;
  readonly bundle?: string;
  readonly dump?: string;
}

const NAME = /^(\d{8}T\d{6}Z-[0-9a-f]{6})\/([^/]+\/[^/]+)\/([^/]+)$/;

/** Bits are promised on the same machine with the same compiler; elsewhere the same verdict is. */
function samePlace(before: RunRecord, after: RunRecord): boolean {
  const machine = ({ device, compiler }: RunRecord): string => JSON.stringify([device.model, compiler]);
  return machine(before) === machine(after);
}

/** What differs between a record and its repetition; empty when it was the same, bit for bit. */
function differences(before: RunRecord, after: RunRecord): string[] {
  const found: string[] = [];
  if (before.case.inputs !== after.case.inputs)
    found.push("the inputs differ: the op or its generators have changed since");
  if (before.submission.sourceDigest !== after.submission.sourceDigest)
    found.push("the submission's source has changed since");
  if (before.status !== after.status) found.push(`status ${before.status} became ${after.status}`);
  for (const error of before.errors) {
    const now = after.errors.find((other) => other.output === error.output);
    if (now?.digest !== error.digest && samePlace(before, after))
      found.push(`output '${error.output}' has other bytes`);
  }
  return found;
}

/** The record of a case, and the path of its submission here. @throws InputError */
async function recorded(
  name: string,
  { records: folder, bundle }: ReproOptions,
  context: Context,
): Promise<{ readonly before: RunRecord; readonly path: string }> {
  const [, run = "", submission = "", caseName = ""] = NAME.exec(name) ?? [];
  if (run === "")
    throw usage(
      "USAGE",
      name,
      "a case is named <run>/<vendor>/<submission>/<case>",
      "copy the 'repeat' line of a record",
    );
  const { ports } = await context.world();
  const file = bundle === undefined ? `${folder}/${run}.jsonl` : `${bundle}/${RECORDS_FILE}`;
  const records = await readRecords(resolve(context.folder, file), file, ports.files);
  const before = records.find(
    (record) =>
      record.case.name === caseName && `${record.submission.vendor}/${record.submission.submission}` === submission,
  );
  if (before === undefined)
    throw usage("RUN_UNKNOWN", file, `it holds no '${submission}/${caseName}'`, "check the name");
  const [theirs, ours] = [before.harness.commit ?? "a changed one", ports.host.commit ?? "a changed one"];
  if (bundle !== undefined && theirs !== ours)
    context.terminal.note(`judged by harness ${theirs}, repeated by ${ours}: git checkout ${theirs} gives the same`);
  // In a bundle the path is a runner's: here the submission lies in its own folder.
  return { before, path: bundle === undefined ? before.submission.path : `${context.checkout}/vendors/${submission}` };
}

async function repeat(name: string, options: ReproOptions, context: Context): Promise<void> {
  const { before, path } = await recorded(name, options, context);
  const caseName = before.case.name;
  const asked = {
    suite: before.suite?.suite ?? "default",
    seed: before.seed.value,
    case: caseName,
    measure: false,
    out: "dist",
  };
  const prepared = await prepare([path], asked, context);
  for await (const result of check(prepared.request, prepared.ports)) {
    const after = result.records.find((record) => record.case.name === caseName);
    if (after === undefined)
      throw usage(
        "CASES_EMPTY",
        name,
        result.problems[0]?.message ?? "the case is not there any more",
        "check the submission",
      );
    const found = differences(before, after);
    context.terminal.out(`${after.case.name}   ${after.status}`);
    if (after.status !== "PASSED")
      context.terminal.out(visible(findingText({ ...after, repeat: before.repeat }).join("\n")));
    const same = samePlace(before, after)
      ? "reproduced bit for bit"
      : "reproduced: the same verdict, on another machine";
    context.terminal.out(found.length === 0 ? same : `not reproduced:\n  ${found.join("\n  ")}`);
    if (options.dump !== undefined) await dumpCase(resolve(context.folder, options.dump), after, prepared, context);
    context.exit(exitCodeOf(after.status));
  }
}

/** The verb. */
export function reproCommand(context: Context): Command {
  return new Command("repro")
    .description("run one recorded case again, bit for bit on the same machine")
    .argument("<run/vendor/submission/case>", "as the 'repeat' line of a record says")
    .option("--records <folder>", "where the run's records are", "dist/records")
    .option("--bundle <folder>", "evidence that was taken out of its artifact, instead of --records")
    .option("--dump <folder>", "write the tensors as .npy and a C++ main that calls the kernel, for a debugger")
    .action((name: string, options: ReproOptions) => repeat(name, options, context));
}
