// One command line in a process of its own, without set-up: what openxpu.mjs does once everything is installed.
import { register } from "tsx/esm/api";

register();
const { main } = await import("../../cli.ts");
process.exitCode = await main(process.argv.slice(2), process.env);
