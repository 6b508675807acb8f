// The one stamp that says nothing changed since set-up finished: read and compared without starting a program.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brokerOutputFolder, brokerSources } from "./broker.mjs";
import { installedLockPath } from "./packages.mjs";
import { readVenvStamp, venvPython, venvStampPath } from "./python.mjs";
import { fileIdentity, findOnPath } from "./tools.mjs";

const stampPath = (state) => join(state, "setup.json");

/** Read by content: a fresh checkout of the same files needs no new set-up. */
function sourceFiles(checkout) {
  const setup = join(checkout, "harness", "setup");
  const own = readdirSync(setup).filter((name) => /\.(mjs|txt)$/.test(name) && !name.includes(".test."));
  return [
    join(checkout, "package.json"),
    join(checkout, "package-lock.json"),
    ...own.sort().map((name) => join(setup, name)),
    ...brokerSources(checkout),
  ];
}

/** What set-up made. Only its presence and age are looked at: it takes no reading. */
function madeFiles(checkout, state) {
  const outputs = readdirSync(brokerOutputFolder(state))
    .sort()
    .map((name) => join(brokerOutputFolder(state), name));
  return [installedLockPath(checkout), venvStampPath(state), venvPython(state), ...outputs];
}

/** Checkout path, versions, architecture, lock file, requirements, C sources, and what was made of them. */
function digest(checkout, state) {
  const hash = createHash("sha256");
  const add = (part) => hash.update(part).update("\0");
  for (const part of [checkout, process.version, process.arch, process.platform]) add(part);
  for (const name of ["g++", "cc"]) add(fileIdentity(findOnPath(name)[0] ?? name));
  // The Python that the environment was made from, not the one that is first on PATH today.
  add(fileIdentity(readVenvStamp(state).python));
  for (const path of sourceFiles(checkout)) add(path).update(readFileSync(path));
  for (const path of madeFiles(checkout, state)) add(fileIdentity(path));
  return hash.digest("hex");
}

/** @param {string} checkout @param {string} state */
export function isCurrent(checkout, state) {
  try {
    return JSON.parse(readFileSync(stampPath(state), "utf8")).digest === digest(checkout, state);
  } catch {
    return false;
  }
}

/** Written last. @param {string} checkout @param {string} state @param {{ python: object, cxx: object, cc: object }} tools */
export function writeStamp(checkout, state, tools) {
  const stamp = {
    digest: digest(checkout, state),
    node: process.versions.node,
    tools,
    finished: new Date().toISOString(),
  };
  writeFileSync(`${stampPath(state)}.next`, `${JSON.stringify(stamp, undefined, 2)}\n`);
  renameSync(`${stampPath(state)}.next`, stampPath(state));
}
