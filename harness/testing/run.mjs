// `npm test`: every check and every test, then one closing line `N passed, N failed`. Arguments select checks and test files by a part of
// their name: `npm test -- lint ulp`.
import { listChecks } from "./checks.mjs";
import { runPythonTests } from "./python.mjs";
import { listPythonTests, listVitestFiles } from "./test-files.mjs";
import { runVitest } from "./vitest.mjs";

const say = (text) => process.stdout.write(`${text}\n`);

/** Runs one and says how it went; what it printed is shown when it failed. */
async function runOne({ name, run }) {
  const since = performance.now();
  const outcome = await run();
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  const count = outcome.passed + outcome.failed;
  say(`${outcome.failed === 0 ? "✔" : "✘"} ${name}${count > 1 ? ` · ${count} tests` : ""}  ${seconds} s`);
  if (outcome.failed > 0 && outcome.output !== "") say(outcome.output.trimEnd().replaceAll(/^/gm, "    "));
  return outcome;
}

/** Two at a time: they read files and disturb no timing, and two cores is the smallest machine this is made for. */
async function runLight(checks) {
  const outcomes = [];
  const rest = [...checks];
  const lane = async () => {
    for (let check = rest.shift(); check !== undefined; check = rest.shift()) outcomes.push(await runOne(check));
  };
  await Promise.all([lane(), lane()]);
  return outcomes;
}

/** The tests run alone, one kind after the other: some of them measure time. */
async function runHeavy(checkout, isWanted) {
  const outcomes = [];
  const files = listVitestFiles(checkout).filter(isWanted);
  if (files.length > 0) outcomes.push(await runOne({ name: "vitest", run: () => runVitest(checkout, files) }));
  for (const file of listPythonTests(checkout).filter(isWanted)) {
    outcomes.push(await runOne({ name: file, run: () => runPythonTests(checkout, file) }));
  }
  return outcomes;
}

/** A skip must say why; one that does not is a failure. */
function sum(outcomes) {
  const skips = outcomes.flatMap((outcome) => outcome.skipped);
  const explained = skips.filter(({ reason }) => reason !== "");
  for (const { name, reason } of skips)
    say(reason === "" ? `✘ skipped without a reason: ${name}` : `skipped ${name}: ${reason}`);
  const total = (key) => outcomes.reduce((count, outcome) => count + outcome[key], 0);
  return {
    passed: total("passed"),
    failed: total("failed") + skips.length - explained.length,
    skipped: explained.length,
  };
}

/** @param {string} checkout @param {readonly string[]} filters @returns {Promise<number>} the exit status */
export async function main(checkout, filters) {
  const isWanted = (name) => filters.length === 0 || filters.some((filter) => name.includes(filter));
  const light = await runLight(listChecks(checkout).filter(({ name }) => isWanted(name)));
  const { passed, failed, skipped } = sum([...light, ...(await runHeavy(checkout, isWanted))]);
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
