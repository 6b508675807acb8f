// Runs one command line as a person would and keeps what it printed.
import { main } from "../cli.ts";

/** What a command line gave. */
export interface Spoken {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Stream = "stdout" | "stderr";

/** Collects what is written to a stream of this process until `restore`. */
function collect(name: Stream): { text(): string; restore(): void } {
  const stream = process[name];
  const original = stream.write.bind(stream);
  let text = "";
  stream.write = (chunk: string | Uint8Array): boolean => {
    text += chunk.toString();
    return true;
  };
  return {
    text: () => text,
    restore: () => {
      stream.write = original;
    },
  };
}

/** Runs the command line in this process, with PATH as its only variable. */
export function openxpu(...argv: readonly string[]): Promise<Spoken> {
  return openxpuIn({}, ...argv);
}

/** The same with more variables. */
export async function openxpuIn(
  variables: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): Promise<Spoken> {
  const out = collect("stdout");
  const err = collect("stderr");
  try {
    const exit = await main(argv, { PATH: process.env["PATH"], CI: "true", ...variables });
    return { exit, stdout: out.text(), stderr: err.text() };
  } finally {
    out.restore();
    err.restore();
  }
}
