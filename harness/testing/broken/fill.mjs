// Appends lines to a file until the disk refuses one, then replaces another file: what a full disk leaves of both. Prints {codes, lines, torn}.
import { register } from "tsx/esm/api";

register();
const { diskFiles } = await import("../../io/files.ts");
const [folder = ""] = process.argv.slice(2);
const line = `${"x".repeat(3000)}\n`;
const codes = [];
const refusal = async (attempt) => {
  try {
    await attempt();
    return false;
  } catch (error) {
    codes.push(error.code);
    return true;
  }
};
await diskFiles.write(`${folder}/whole`, "before\n");
for (let lines = 0; lines < 1000; lines += 1) if (await refusal(() => diskFiles.append(`${folder}/lines`, line))) break;
await refusal(() => diskFiles.write(`${folder}/whole`, line.repeat(100), { durable: true }));
const text = await diskFiles.text(`${folder}/lines`);
process.stdout.write(
  JSON.stringify({
    codes,
    lines: text.split("\n").length - 1,
    torn: !text.endsWith("\n") || text.length % line.length !== 0,
    whole: await diskFiles.text(`${folder}/whole`),
    left: (await diskFiles.list(folder)).filter((name) => name.endsWith(".unfinished")),
  }),
);
