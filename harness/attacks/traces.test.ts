// Traces that an attack could leave are found, and what others do beside the run is not mistaken for one.
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../testing/memory.ts";
import { actsOnMarkdown, actsOnPage, actsOnTerminal, changes, type Living, orphans, treeOf } from "./traces.ts";

describe("a tree", () => {
  it("shows files that changed, came and went", async () => {
    const files = memoryFiles();
    for (const name of ["a", "b", "deep/c"]) files.contents.set(`/tree/${name}`, name);
    const before = await treeOf(["/tree"], files);
    files.contents.set("/tree/a", "other");
    files.contents.delete("/tree/deep/c");
    files.contents.set("/tree/new", "new");
    expect(changes(before, await treeOf(["/tree"], files))).toEqual(
      expect.arrayContaining(["/tree/a", "/tree/deep/c", "/tree/new"]),
    );
    expect(changes(before, before)).toEqual([]);
  });
});

describe("an orphan", () => {
  const process = (pid: number, parent: number, command: string): Living => ({ pid, parent, command });

  it("is a broker, zygote or child without a judge above it", () => {
    const all = [
      process(1, 0, "init"),
      process(2, 1, "bash"),
      process(3, 2, "node openxpu.mjs check"),
      process(4, 3, "/x/broker/openxpu-broker"),
      process(5, 4, "/x/broker/openxpu-native"),
      process(6, 1, "/x/broker/openxpu-native daemon"),
      process(7, 6, "/x/broker/openxpu-native child of it"),
      process(8, 99, "/x/broker/openxpu-broker whose parent is gone"),
    ];
    expect(orphans(all, ["/x/broker/"]).map(({ pid }) => pid)).toEqual([6, 7, 8]);
  });
});

describe("text that acts on its reader", () => {
  it.each(["\u001b[2J", "a\u202eb", "zero\u200bwidth", "bell\u0007"])("is found for a terminal: %j", (text) => {
    expect(actsOnTerminal(`before ${text}`)).toMatch(/^U\+/);
  });

  it("is found in job logs: a command at the start of a line", () => {
    expect(actsOnTerminal("fine\n::set-output name=pwned::1\n")).toMatch(/set-output/);
    expect(actsOnTerminal("in words: ::set-output name=pwned::1\n\ttabs are fine\n")).toBeNull();
  });

  it("is found in pages and Markdown, unless it is escaped or code", () => {
    const markup = "<script>window.pwned=1</script>";
    expect(actsOnPage(`<td>${markup}</td>`)).not.toBeNull();
    expect(actsOnPage("&lt;script&gt;window.pwned")).toBeNull();
    expect(actsOnMarkdown(`# words\n${markup}\n`)).not.toBeNull();
    expect(actsOnMarkdown("\\<script>window.pwned")).toBeNull();
    expect(actsOnMarkdown(`\`\`\`\`text\n\`\`\`\n${markup}\n\`\`\`\`\n`)).toBeNull();
  });
});
