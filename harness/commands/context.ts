// What every command gets: the terminal, the environment, the folder it was typed in, and the machine when it asks for it.
import type { Ports } from "../domain/ports.ts";
import { InputError, type ProblemCode } from "../domain/problem.ts";
import type { ExitCode } from "../domain/verdict.ts";
import type { Toolchain } from "../stages/build/compile.ts";
import { type Catalogue, loadCatalogue } from "../stages/validate/catalogue.ts";

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  note(text: string): void;
}

export interface Context {
  readonly terminal: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Working directory. */
  readonly folder: string;
  /** The checkout that judges. */
  readonly checkout: string;
  /** Connects to the machine; only commands that run something pay for it. */
  world(): Promise<{ readonly ports: Ports; readonly toolchain: Toolchain }>;
  /** Words for somebody who interrupts the command (Ctrl-C, a runner that is taken away); gives the end of it. */
  whenInterrupted?(words: () => string): () => void;
  /** Sets the exit code. */
  exit(code: ExitCode): void;
}

/** A usage error without a place in a file. */
export function usage(code: ProblemCode, file: string, message: string, fix: string): InputError {
  return new InputError([{ code, place: { file, line: 1, column: 1 }, message, fix }]);
}

/** The catalogue, or every problem of the checkout's own manifests. @throws InputError */
export async function catalogueOf(context: Context, ports: Pick<Ports, "files">): Promise<Catalogue> {
  const checked = await loadCatalogue(context.checkout, ports.files);
  if (checked.ok) return checked.value;
  throw new InputError(checked.problems);
}
