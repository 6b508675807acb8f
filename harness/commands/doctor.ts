// openxpu doctor: what this machine can do, and what is weaker without the rest.
import { Command } from "commander";
import { inspect } from "../setup/inspect.mjs";
import type { Context } from "./context.ts";
import { isolationLines, isolationReport } from "./isolation.ts";

/** The verb. */
export function doctorCommand(context: Context): Command {
  return new Command("doctor")
    .description("what this machine can do: needed and optional parts, isolation")
    .option("--json <file>", "{parts, isolation, why, fixes, acts: [{act, denied}]}; - for stdout")
    .action(async (options: { readonly json?: string }) => {
      const parts = await inspect(context.checkout);
      const { ports } = await context.world();
      const lane = await ports.lanes.start();
      const sandbox = await isolationReport(lane, ports.files);
      await lane.close();
      const document = JSON.stringify({ parts, ...sandbox });
      if (options.json === "-") context.terminal.out(document);
      else if (options.json !== undefined) await ports.files.write(options.json, document);
      else {
        for (const part of parts) {
          const word = part.found ? "✔" : part.needed ? "✘" : "○";
          context.terminal.out(
            `${word} ${part.name.padEnd(20)} ${part.found ? part.version : "not found"}   ${part.purpose}`,
          );
          if (!part.found) context.terminal.out(`    get it: ${part.get}\n    without it: ${part.weaker}`);
        }
        for (const line of isolationLines(sandbox)) context.terminal.out(line);
      }
      context.exit(parts.some((part) => part.needed && !part.found) ? 3 : 0);
    });
}
