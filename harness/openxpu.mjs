#!/usr/bin/env node
// The bin and the target of every npm script. Plain JavaScript without dependencies, because it runs before `npm ci`: checks Node, brings
// the checkout up to date (setup/), loads tsx and hands over to cli.ts, or to testing/run.mjs for `test`.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const EXIT_INFRASTRUCTURE = 3;
/** 128 + SIGPIPE. */
const EXIT_PIPE = 141;
const NEEDED_NODE = 20;
const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const argv = process.argv.slice(2);

const SHORT_HELP = `openxpu judges hardware kernels beside PyTorch, Triton and ONNX Runtime.

  npm start                  the main job on the embedded default
  npm test                   every test
  npx openxpu doctor         what this machine can do
  npx openxpu --help         every command, once the packages are installed (npm ci, or any of the commands above)
`;

const TEST_HELP = `openxpu test [part of a name]...

  runs every check and every test, or those whose name or path holds one of the parts: openxpu test lint domain/
`;

/** The judge never runs with code or flags that the caller's environment puts into Node: starts again without them. */
function startAgain() {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...argv], {
    stdio: "inherit",
    env,
  });
  // A terminal signals the child too; elsewhere only this process hears it.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Asking for help must not start set-up. */
function wanted(verb) {
  if (verb === "--version" || verb === "-V") return "version";
  return verb === undefined || verb === "help" || argv.includes("--help") || argv.includes("-h") ? "help" : "work";
}

/** Verbs that run no kernel: they do without the Python environment and the broker, which a job that holds a token need not install. */
const LIGHT = ["evidence", "plan", "report", "vote"];

/** `doctor` says what is missing, so it goes on where set-up cannot finish, as soon as the packages are there. */
async function setUp() {
  const { prepare } = await import("./setup/prepare.mjs");
  try {
    await prepare(checkout, LIGHT.includes(argv[0]) ? "packages" : "everything");
  } catch (error) {
    if (argv[0] !== "doctor") throw error;
    await prepare(checkout, "packages");
    await report(error);
  }
}

async function loadCli() {
  process.env["TSX_TSCONFIG_PATH"] = join(checkout, "tsconfig.json");
  const { register } = await import("tsx/esm/api");
  register();
  return import("./cli.ts");
}

async function run() {
  const want = wanted(argv[0]);
  if (want === "version") {
    process.stdout.write(`${JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")).version}\n`);
    return 0;
  }
  if (want === "help" && argv[0] === "test") {
    process.stdout.write(TEST_HELP);
    return 0;
  }
  if (want === "help") {
    const { arePackagesInstalled } = await import("./setup/packages.mjs");
    if (!arePackagesInstalled(checkout)) {
      process.stdout.write(SHORT_HELP);
      return 0;
    }
  } else {
    await setUp();
  }
  if (argv[0] === "test") {
    const { main } = await import("./testing/run.mjs");
    return main(checkout, argv.slice(1));
  }
  const { main } = await loadCli();
  return main(argv, process.env);
}

async function report(error) {
  const { SetupFault, describe } = await import("./setup/fault.mjs");
  process.stderr.write(`${error instanceof SetupFault ? describe(error) : (error.stack ?? error)}\n`);
  return EXIT_INFRASTRUCTURE;
}

if (Number(process.versions.node.split(".")[0]) < NEEDED_NODE) {
  process.stderr.write(
    `✘ SETUP_NODE   Node >= ${NEEDED_NODE} is needed\n    found  ${process.execPath} is ${process.versions.node}\n    fix    install a newer Node: your distribution's package, or a Node version switcher\n`,
  );
  process.exitCode = EXIT_INFRASTRUCTURE;
} else if ((process.env["NODE_OPTIONS"] ?? "") !== "") {
  startAgain();
} else {
  // Node's own exit code for what nobody caught is that of a kernel which does not conform.
  process.on("uncaughtException", (error) => {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exit(EXIT_INFRASTRUCTURE);
  });
  // A reader that goes away (`| head`) ends the command as a shell program would end; never as a pass.
  process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? EXIT_PIPE : EXIT_INFRASTRUCTURE));
  process.exitCode = await run().catch(report);
}
