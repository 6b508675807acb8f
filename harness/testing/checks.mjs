// The checks beside the tests: each runs one command over the whole checkout and counts as one test.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { brokerFolder, readBrokerOutputs } from "../setup/broker.mjs";
import { findCc } from "../setup/tools.mjs";

/** @typedef {{ passed: number, failed: number, skipped: readonly { name: string, reason: string }[], output: string }} Outcome */

/** @param {readonly string[]} command @param {import("node:child_process").SpawnOptions} options */
export function run([program, ...rest], options) {
  return new Promise((resolve) => {
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
    }
    child.on("error", (error) => resolve({ code: 127, output: `${output}${program}: ${error.message}\n` }));
    child.on("close", (code, signal) =>
      resolve({ code: code ?? 128, output: signal === null ? output : `${output}ended by ${signal}\n` }),
    );
  });
}

const one = ({ code, output }) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [], output });

/** The `check:*` scripts of package.json, so that `npm run check:lint` is the same command. */
function scriptChecks(checkout) {
  const { scripts } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
  const path = `${join(checkout, "node_modules", ".bin")}${delimiter}${process.env["PATH"]}`;
  return Object.entries(scripts)
    .filter(([name]) => name.startsWith("check:"))
    .map(([name, command]) => ({
      name: name.slice("check:".length),
      run: async () => one(await run(["sh", "-c", command], { cwd: checkout, env: { ...process.env, PATH: path } })),
    }));
}

/** Options that matter to the linker only, or say where code may be loaded, change no warning. */
const isForWarnings = (flag) => !/^-(l|L|Wl,|shared$|pthread$|fPIC$|fPIE$|pie$)/.test(flag);

/** Each source once for each set of flags that can change a warning. @returns {Map<string, Set<string>>} flags in one line -> sources */
function groupByFlags(outputs) {
  const groups = new Map();
  for (const { sources, flags } of outputs) {
    const key = flags.filter(isForWarnings).join("\n");
    groups.set(key, new Set([...(groups.get(key) ?? []), ...sources]));
  }
  return groups;
}

/** Compiles to objects with optimisation, because some warnings come from the optimiser. */
async function checkC(checkout) {
  const compiler = findCc().tool?.path ?? "cc";
  const folder = mkdtempSync(join(tmpdir(), "openxpu-c-"));
  try {
    let output = "";
    for (const [flags, sources] of groupByFlags(readBrokerOutputs({ checkout, state: join(checkout, ".openxpu") }))) {
      for (const source of sources) {
        const target = ["-c", join(brokerFolder(checkout), source), "-o", join(folder, "object.o")];
        const compiled = await run([compiler, ...flags.split("\n"), "-O2", "-Wall", "-Wextra", "-Werror", ...target], {
          cwd: checkout,
        });
        output += compiled.output;
        if (compiled.code !== 0 && compiled.output === "") output += `cc ended with ${compiled.code} on ${source}\n`;
      }
    }
    return one({ code: output === "" ? 0 : 1, output });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} checkout @returns {readonly { name: string, run: () => Promise<Outcome> }[]} */
export const listChecks = (checkout) => [...scriptChecks(checkout), { name: "c", run: () => checkC(checkout) }];
