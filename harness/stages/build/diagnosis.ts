// Takes what a compiler said and how it ended, gives the first error with its place, or which limit it met. Pure.
import { COMPILER_MEMORY, DEADLINE } from "./limits.ts";

/** Where and why compiling failed. */
export interface Diagnosis {
  /** `file:line:column`, or the first source where the compiler named none. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number };
  readonly message: string;
}

const MEMORY = `the compiler needs more than the ${COMPILER_MEMORY / 2 ** 30} GiB of memory that it may use`;

/** How compiler, assembler and linker say that a limit was met; lines of the programs themselves, not of a source. */
const LIMITS: readonly (readonly [words: RegExp, message: string])[] = [
  [/CPU time limit exceeded/, `compiling took more than ${DEADLINE} s of processor time`],
  [/File size limit exceeded|No space left on device|file too big/i, "the compiler's files grew beyond 256 MiB"],
  [/out of memory allocating|virtual memory exhausted|memory exhausted|Cannot allocate memory|std::bad_alloc/, MEMORY],
  [/Killed signal terminated program/, `the compiler was killed: it had used up its memory or its ${DEADLINE} s`],
];

/** A line that a program of the toolchain wrote about itself; those on a source begin with its name and a line. */
const OWN_WORDS =
  /^(?:(?:[^\s:]*\/)?(?:cc1plus|collect2|[\w.+-]*(?:g\+\+|ld|as)[\w.-]*): |virtual memory exhausted|memory exhausted)/;

/** Longest line of theirs; a hostile one can be as long as the log. */
const LONGEST = 400;

function limitMet(log: string): string | undefined {
  const words = log.split("\n").filter((line) => line.length <= LONGEST && OWN_WORDS.test(line));
  return LIMITS.find(([pattern]) => pattern.test(words.join("\n")))?.[1];
}

/** The first error; names are made relative to the submission. `code` is null for a compiler that was killed at its deadline. */
export function diagnose(log: string, code: number | null, folder: string, fallback: string): Diagnosis {
  const text = log.replaceAll(`${folder}/`, "");
  const error = /^([^\s:][^:\n]*):(\d+):(?:(\d+):)? (?:fatal )?error: (.*)$/m.exec(text);
  if (error !== null) {
    const [, file = fallback, line = "1", column = "1", message = ""] = error;
    return { place: { file, line: Number(line), column: Number(column) }, message };
  }
  const place = { file: fallback, line: 1, column: 1 };
  if (code === null) return { place, message: `compiling took longer than ${DEADLINE} s` };
  const limit = limitMet(text);
  if (limit !== undefined) return { place, message: limit };
  const assembler = /^[^\s:]+\.s:\d+: Error: (.*)$/m.exec(text);
  if (assembler !== null) return { place, message: `the assembler says: ${assembler[1] ?? ""}` };
  const link = /undefined reference to .*|cannot find .*|multiple definition of .*/.exec(text);
  const placeless = /error: (.*)/.exec(text);
  const last = text.trim().split("\n").at(-1) ?? "";
  return { place, message: link?.[0] ?? placeless?.[1] ?? (last || "the compiler failed without a word") };
}
