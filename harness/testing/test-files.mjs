// The test files of a checkout, found by listing.
import { readdirSync } from "node:fs";
import { join } from "node:path";

const FOLDERS = ["harness", "kernels", "reports"];

/** @param {string} checkout @param {RegExp} pattern of the file's name @returns {readonly string[]} relative paths, sorted */
function listFiles(checkout, pattern) {
  const found = FOLDERS.flatMap((folder) => {
    try {
      return readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true });
    } catch {
      return [];
    }
  });
  return found
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(checkout.length + 1))
    .sort();
}

/** @param {string} checkout */
export const listVitestFiles = (checkout) => listFiles(checkout, /\.test\.ts$/);
/** @param {string} checkout */
export const listPythonTests = (checkout) => listFiles(checkout, /^test_.*\.py$/);
