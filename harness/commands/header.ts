// openxpu header: the typed stub of an op's kernel.
import { Command } from "commander";
import { catalogueOf, type Context, usage } from "./context.ts";
import { stub } from "./text/stub.ts";

/** The verb. */
export function headerCommand(context: Context): Command {
  return new Command("header")
    .description("print the typed C++ stub of an op: arguments in order with dtypes and shapes")
    .argument("<op>", "a folder of kernels/")
    .option("--entry <name>", "the exported name", "my_kernel")
    .action(async (name: string, options: { readonly entry: string }) => {
      const { ports } = await context.world();
      const { ops } = await catalogueOf(context, ports);
      const op = ops.get(name);
      if (op === undefined)
        throw usage("OP_UNKNOWN", name, `there is no op '${name}'`, `choose one of ${[...ops.keys()].join(", ")}`);
      context.terminal.out(stub(op.value, options.entry).trimEnd());
    });
}
