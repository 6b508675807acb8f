// The terminal: results to stdout, progress and logs to stderr. A terminal gets one live line, a pipe plain lines.
import type { Progress, ProgressEvent } from "../domain/ports.ts";
import { oneLine, visible } from "../domain/visible.ts";

/** Where a command writes. */
export interface Terminal {
  /** A line of the result. */
  out(text: string): void;
  /** A line of progress or a problem. */
  note(text: string): void;
  readonly progress: Progress;
  /** Whether colours are wanted on stdout. */
  readonly colour: boolean;
  /** Clears the live line. */
  settle(): void;
}

const CLEAR = "\u001b[2K\r";

/** Tables keep the line ends of their format. */
const harmless = (text: string): string => text.split("\r\n").map(visible).join("\r\n");

function describe(event: ProgressEvent): string {
  return oneLine(
    event.kind === "finished"
      ? `${event.submission}: ${event.status}`
      : `${event.submission}: ${event.stage} ${event.done}/${event.total}`,
  );
}

/** The process's own terminal. Whatever comes to it leaves it as visible text: a last wall behind those of the commands. */
export function processTerminal(environment: Readonly<Record<string, string | undefined>>): Terminal {
  const live = process.stderr.isTTY === true && environment["CI"] === undefined;
  const started = performance.now();
  let shown = false;
  const settle = (): void => {
    if (shown) process.stderr.write(CLEAR);
    shown = false;
  };
  return {
    colour: process.stdout.isTTY === true && environment["NO_COLOR"] === undefined,
    settle,
    out: (text) => {
      settle();
      process.stdout.write(`${harmless(text)}\n`);
    },
    note: (text) => {
      settle();
      process.stderr.write(`${harmless(text)}\n`);
    },
    progress: {
      report: (event) => {
        const seconds = ((performance.now() - started) / 1000).toFixed(0);
        if (live) {
          shown = true;
          process.stderr.write(`${CLEAR}  ${describe(event)} · ${seconds} s`);
        } else if (event.kind === "finished") {
          process.stderr.write(`  ${describe(event)} · ${seconds} s\n`);
        }
      },
    },
  };
}
