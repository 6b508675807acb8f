// The seeds of cases as the harness derives them: repeated here, because the job that checks imports no stage; a test holds both together.
import { sha256 } from "./pack.ts";

const seedOf = (...parts: readonly string[]): string =>
  sha256(parts.map((part) => `${part.length}:${part}`).join("")).slice(0, 32);

/** The seed of a published case's inputs. */
export function publishedSeed(op: string, name: string): string {
  return seedOf("openxpu published inputs v1", op, name);
}

/** The seed of a hidden case's inputs. */
export function hiddenSeed(runSeed: string, submission: string, name: string): string {
  return seedOf("openxpu hidden inputs v1", runSeed, submission, name);
}
