// Step 1: the Node packages of package-lock.json. What npm itself notes in node_modules decides whether they are there.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { runCommand } from "./command.mjs";
import { diagnose } from "./fault.mjs";

/** npm writes it last, so it is absent from a half-made node_modules. */
export const installedLockPath = (checkout) => join(checkout, "node_modules", ".package-lock.json");

const readPackages = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
};

/** Packages with prebuilt programs say which machines they are for, for example `"cpu": ["x64"]`, `"os": ["linux"]`. */
const isForThisMachine = ({ cpu, os }) =>
  (cpu === undefined || cpu.includes(process.arch)) && (os === undefined || os.includes(process.platform));

/** An optional package that this machine does not need may be absent; one made for it must be there, as after a change of machine. */
const mayBeAbsent = (locked) =>
  locked.optional === true &&
  (!isForThisMachine(locked) || (locked.cpu === undefined && locked.os === undefined) || locked.libc !== undefined);

/** Same packages at the same versions as the lock file. */
export function arePackagesInstalled(checkout) {
  const locked = readPackages(join(checkout, "package-lock.json"));
  const installed = readPackages(installedLockPath(checkout));
  if (locked === undefined || installed === undefined) return false;
  return Object.entries(locked).every(([path, entry]) => {
    if (path === "") return true;
    const there = installed[path];
    if (there === undefined) return mayBeAbsent(entry);
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

/** The npm that started this command, else the one on PATH. npx and other clients set the variable to themselves. */
export function npmCommand() {
  const running = process.env["npm_execpath"] ?? "";
  return basename(running) === "npm-cli.js" ? [process.execPath, running] : ["npm"];
}

/** No package may run code while it is installed: all that is needed comes prebuilt. */
const NPM_CI = [
  "ci",
  "--include=dev",
  "--include=optional",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--no-progress",
  "--no-update-notifier",
];

export const packagesStep = {
  title: "packages",
  expectation: "npm ci, about half a minute",
  isDone: ({ checkout }) => arePackagesInstalled(checkout),
  async run(context) {
    const log = join(context.state, "log", "packages.log");
    const { passed, output } = await runCommand([...npmCommand(), ...NPM_CI], {
      ...context,
      cwd: context.checkout,
      log,
    });
    if (!passed) throw diagnose({ what: "npm ci", output, log, fix: "read the log, then run the same command again" });
  },
};
