// What attacks could leave behind outside their sandboxes: changed files, living processes, text that acts on its reader.
import { createHash } from "node:crypto";
import type { Files } from "../domain/ports.ts";

/** Content digests by path. */
export type Tree = ReadonlyMap<string, string>;

/** Digests of all files below folders, links and special files by their kind. */
export async function treeOf(folders: readonly string[], files: Files): Promise<Tree> {
  const tree = new Map<string, string>();
  const walk = async (path: string): Promise<void> => {
    const kind = await files.kind(path);
    if (kind === "folder") for (const name of await files.list(path)) await walk(`${path}/${name}`);
    else if (kind === "file")
      tree.set(
        path,
        createHash("sha256")
          .update(await files.read(path))
          .digest("hex"),
      );
    else tree.set(path, kind);
  };
  for (const folder of folders) await walk(folder);
  return tree;
}

/** Paths whose content differs between two looks, or that are in one only. */
export function changes(before: Tree, after: Tree): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** A process as /proc shows it. */
export interface Living {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process that can be seen. */
export async function living(files: Files): Promise<readonly Living[]> {
  const found: Living[] = [];
  for (const name of await files.list("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = (await files.text(`/proc/${name}/cmdline`)).replaceAll("\0", " ").trim();
      const stat = await files.text(`/proc/${name}/stat`);
      // The program's name, in brackets, may hold anything: fields are counted from its end.
      const [, parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      found.push({ pid: Number(name), parent: Number(parent), command });
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

/**
 * Brokers, zygotes and their children that nobody waits for any more: those whose line of parents ends in one of themselves. A run
 * that goes on beside this one has a judge, a shell or a test above them.
 * @param programs parts of the command lines of broker and zygotes
 */
export function orphans(processes: readonly Living[], programs: readonly string[]): readonly Living[] {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const ours = (one: Living): boolean => programs.some((part) => one.command.includes(part));
  const top = (one: Living): Living => {
    const parent = byPid.get(one.parent);
    return parent === undefined || parent.pid <= 1 ? one : top(parent);
  };
  return processes.filter((one) => ours(one) && ours(top(one)));
}

/** Controls and marks that hide, reverse or act; line feeds and tabs are text. */
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

/** Workflow commands that the attacks print; the harness's own annotations have other words. */
const COMMANDS = /^\s*(::(set-output|add-mask|stop-commands|error::pwned|error file=README)|##\[command\])/m;

/** Markup that the attacks print, where no backslash makes text of it. */
const MARKUP = /(?<!\\)<(script>window\.pwned|img src=x onerror)/;

/** Fenced code of Markdown, whose content is text. */
const FENCED = /^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm;

/** What is wrong with text for a terminal or a job log; null when nothing acts on its reader. */
export function actsOnTerminal(text: string): string | null {
  const acting = ACTING.exec(text);
  if (acting !== null) return `U+${acting[0].charCodeAt(0).toString(16).padStart(4, "0")} at ${acting.index}`;
  const command = COMMANDS.exec(text);
  return command === null ? null : `the workflow command '${command[0].trim()}'`;
}

function markupIn(text: string): string | null {
  const found = MARKUP.exec(text);
  return found === null ? null : `'${text.slice(Math.max(0, found.index - 60), found.index + 60)}'`;
}

/** What is wrong with a page; null when nothing acts on its reader. */
export function actsOnPage(text: string): string | null {
  return markupIn(text);
}

/** What is wrong with Markdown; null when nothing acts on its reader. */
export function actsOnMarkdown(text: string): string | null {
  return markupIn(text.replaceAll(FENCED, ""));
}
