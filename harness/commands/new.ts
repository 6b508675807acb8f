// openxpu new: scaffolds that pass `check` at once.
import { resolve } from "node:path";
import { Command } from "commander";
import type { Op } from "../domain/op.ts";
import type { Ports } from "../domain/ports.ts";
import type { Entry } from "../stages/validate/catalogue.ts";
import { catalogueOf, type Context, usage } from "./context.ts";

interface NewOptions {
  readonly op: string;
  readonly out: string;
}

function submissionYaml(name: string, entry: string, op: Op): string {
  const [strictest] = op.numerics;
  return `edition: 1
submission: ${name}
version: 0.1.0
op: ${op.op}
license: Apache-2.0
device: {backend: cpu, chips: [x86-64]}
source: {dialect: c-abi, files: [kernel.cc]}
entry: ${entry}
# supports: {dtypes: {}, axes: {}, attributes: {}, constraints: []}   # outside it the kernel may decline
numerics: {class: ${strictest?.class ?? ""}, deterministic: true}
requires: {layout: strided}   # the starter follows strides and byte offsets; dense, the default, asks for less
`;
}

function vendorYaml(vendor: string): string {
  return `edition: 1
vendor: ${vendor}
names: {en: ${vendor}, zh: ${vendor}}
chips: [{name: x86-64, backend: cpu, runner: [ubuntu-24.04]}]
`;
}

const PROVENANCE = `edition: 1
origin: own
authors: [${"your name"}]
copied: []
tools: [g++]
`;

/** Dialects an op has a starter for, by file. */
const STARTERS: Readonly<Record<string, string>> = { "starter.cc": "c-abi", "starter.py": "triton" };

async function scaffold(
  id: string,
  options: NewOptions,
  op: Entry<Op>,
  context: Context,
  files: Ports["files"],
): Promise<void> {
  const [vendor = "", name = "", ...more] = id.split("/");
  const pattern = /^[a-z0-9][a-z0-9_-]*$/;
  if (!pattern.test(vendor) || !pattern.test(name) || more.length > 0) {
    throw usage(
      "USAGE",
      id,
      "a submission is named <vendor>/<submission>",
      "use lower-case letters, digits, '_' and '-'",
    );
  }
  const root = resolve(context.folder, options.out);
  const folder = `${root}/${vendor}/${name}`;
  if ((await files.kind(folder)) !== "none")
    throw usage("SUBMISSION_DUPLICATE", folder, "the folder is there already", "choose another name");
  const starter = `${op.folder}/starter.cc`;
  if ((await files.kind(starter)) !== "file") {
    const there = (await files.list(op.folder)).filter((file) => STARTERS[file] !== undefined).join(", ");
    throw usage(
      "DIALECT_UNKNOWN",
      op.folder,
      `${op.value.op} has no c-abi starter`,
      `starters there: ${there || "none"}`,
    );
  }
  const entry = /^\d/.test(name) ? `kernel_${name.replaceAll("-", "_")}` : name.replaceAll("-", "_");
  const source = (await files.text(starter)).replace(/\bstarter\b/g, entry);
  if ((await files.kind(`${root}/${vendor}/vendor.yaml`)) === "none")
    await files.write(`${root}/${vendor}/vendor.yaml`, vendorYaml(vendor));
  await files.write(`${folder}/submission.yaml`, submissionYaml(name, entry, op.value));
  await files.write(`${folder}/kernel.cc`, source);
  await files.write(`${folder}/PROVENANCE.yaml`, PROVENANCE);
  await files.write(`${folder}/LICENSE`, await files.text(`${context.checkout}/LICENSE`));
  context.terminal.out(
    `${options.out}/${vendor}/${name} is there; next: npx openxpu check ${options.out}/${vendor}/${name} --no-measure`,
  );
}

/** The verb. */
export function newCommand(context: Context): Command {
  const command = new Command("new").description("scaffolds that pass check at once");
  command
    .command("submission")
    .description("a naive, right kernel of an op to start from")
    .argument("<vendor/submission>", "its name")
    .requiredOption("--op <op>", "a folder of kernels/")
    .option("--out <folder>", "the folder that holds vendors", "vendors")
    .action(async (id: string, options: NewOptions) => {
      const { ports } = await context.world();
      const { ops } = await catalogueOf(context, ports);
      const op = ops.get(options.op);
      if (op === undefined)
        throw usage(
          "OP_UNKNOWN",
          "--op",
          `there is no op '${options.op}'`,
          `choose one of ${[...ops.keys()].join(", ")}`,
        );
      await scaffold(id, options, op, context, ports.files);
    });
  return command;
}
