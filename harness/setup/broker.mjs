// Step 3: the broker's programs and libraries, compiled from harness/broker as its build.json says; only what changed is compiled again.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "./command.mjs";
import { diagnose } from "./fault.mjs";
import { readVenvStamp } from "./python.mjs";

/** @typedef {{ name: string, sources: readonly string[], flags: readonly string[] }} BrokerOutput */

export const brokerFolder = (checkout) => join(checkout, "harness", "broker");
export const brokerOutputFolder = (state) => join(state, "broker");
const stampPath = (state) => join(brokerOutputFolder(state), "stamp.json");

/** @returns {readonly BrokerOutput[]} flags complete */
export function readBrokerOutputs({ checkout, state }) {
  const include = readVenvStamp(state)?.include ?? "";
  const { outputs } = JSON.parse(readFileSync(join(brokerFolder(checkout), "build.json"), "utf8"));
  return outputs.map((output) => ({
    ...output,
    flags: output.flags.map((flag) => flag.replaceAll("${TVM_FFI_INCLUDE}", include)),
  }));
}

/** build.json and every C file and header beside a source of it. @returns {readonly string[]} paths, sorted */
export function brokerSources(checkout) {
  const folder = brokerFolder(checkout);
  const { outputs } = JSON.parse(readFileSync(join(folder, "build.json"), "utf8"));
  const folders = new Set(outputs.flatMap(({ sources }) => sources.map((source) => dirname(join(folder, source)))));
  const files = [...folders].flatMap((at) => readdirSync(at).map((name) => join(at, name)));
  return [join(folder, "build.json"), ...files.filter((path) => /\.[ch]$/.test(path)).sort()];
}

const digest = (parts) =>
  parts.reduce((hash, part) => hash.update(part).update("\0"), createHash("sha256")).digest("hex");

/** Own sources, all headers, compiler and flags. */
function outputDigest({ checkout, tools }, { sources, flags }) {
  const headers = brokerSources(checkout).filter((path) => path.endsWith(".h"));
  const files = [...headers, ...sources.map((source) => join(brokerFolder(checkout), source))];
  return digest([tools.cc.identity, ...flags, ...files.flatMap((path) => [path, readFileSync(path)])]);
}

function readStamp(state) {
  try {
    return JSON.parse(readFileSync(stampPath(state), "utf8"));
  } catch {
    return {};
  }
}

/** @returns {readonly (BrokerOutput & { digest: string })[]} what must be compiled */
export function changedOutputs(context) {
  const stamp = readStamp(context.state);
  return readBrokerOutputs(context)
    .map((output) => ({ ...output, digest: outputDigest(context, output) }))
    .filter(
      (output) =>
        stamp[output.name] !== output.digest || !existsSync(join(brokerOutputFolder(context.state), output.name)),
    );
}

/** Sources before flags, so that libraries named in the flags resolve what the sources use. */
const compileCommand = (cc, folder, { sources, flags }, target) => [
  cc,
  "-o",
  target,
  ...sources.map((source) => join(folder, source)),
  ...flags,
];

export const brokerStep = {
  title: "broker",
  expectation: "C, some seconds",
  isDone: (context) => changedOutputs(context).length === 0,
  async run(context) {
    const folder = brokerOutputFolder(context.state);
    mkdirSync(folder, { recursive: true });
    for (const output of changedOutputs(context)) {
      const target = join(folder, output.name);
      const log = join(context.state, "log", `compile-${output.name}.log`);
      const command = compileCommand(context.tools.cc.path, brokerFolder(context.checkout), output, `${target}.next`);
      const compiled = await runCommand(command, { ...context, cwd: context.checkout, log });
      if (!compiled.passed) {
        rmSync(`${target}.next`, { force: true });
        throw diagnose({
          what: `compiling ${output.name}`,
          output: compiled.output,
          log,
          fix: "read the log; a changed C file in harness/broker is the usual cause",
        });
      }
      // A running process keeps the old file: a rename never writes into it.
      renameSync(`${target}.next`, target);
      writeFileSync(
        stampPath(context.state),
        JSON.stringify({ ...readStamp(context.state), [output.name]: output.digest }),
      );
    }
  },
};
