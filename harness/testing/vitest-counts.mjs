// A reporter of vitest that writes what run.mjs counts: files, tests by state, why a test was skipped, and errors outside tests.
import { writeFileSync } from "node:fs";

const nameOf = (test) => `${test.module.relativeModuleId} > ${test.fullName}`;

/** @param {Iterable<object>} modules */
function count(modules, unhandled) {
  const counts = {
    files: [],
    passed: 0,
    failed: 0,
    skipped: [],
    brokenFiles: [],
    unhandled: unhandled.map((error) => String(error.message ?? error)),
  };
  for (const module of modules) {
    counts.files.push(module.relativeModuleId);
    // A file or a group that fails outside its tests (an import, a beforeAll) has no failed test to show for it.
    const outside = [module, ...module.children.allSuites()].filter((group) => group.errors().length > 0);
    if (outside.length > 0) counts.brokenFiles.push(module.relativeModuleId);
    for (const test of module.children.allTests()) {
      // Tests that a broken group never reached count with it.
      const { state, note } = test.result();
      if (state === "passed") counts.passed += 1;
      else if (state === "skipped" && outside.length > 0 && note === undefined) continue;
      else if (state === "skipped") counts.skipped.push({ name: nameOf(test), reason: note ?? "" });
      else counts.failed += 1;
    }
  }
  return counts;
}

export default class VitestCounts {
  onTestRunEnd(modules, unhandled) {
    writeFileSync(process.env["OPENXPU_VITEST_COUNTS"], JSON.stringify(count(modules, unhandled)));
  }
}
