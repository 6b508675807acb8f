// Rules: the audit of a copy of the ledger, and the page beside it; GitHub is not asked.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { auditPage } from "../../../reports/audit/page.ts";
import { ledgerOf, ledgerText } from "../../../reports/audit/testing/ledger.ts";
import { openxpuIn } from "../../testing/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "openxpu-audit-"));
const text = ledgerText();

/** Audits this text with a page. */
async function audited(name: string, ledger: string, ...argv: readonly string[]): ReturnType<typeof openxpuIn> {
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, ledger);
  return openxpuIn({}, "vote", "audit", "--ledger", path, "--out", join(folder, name), ...argv);
}
const pageOf = (name: string): string => readFileSync(join(folder, name, "audit.html"), "utf8");

afterAll(() => rmSync(folder, { recursive: true }));

describe("openxpu vote audit --out", () => {
  it("writes the page of a ledger that is whole", async () => {
    const { exit, stdout, stderr } = await audited("whole", text);
    expect([exit, stdout]).toEqual([0, "✔ the chain is whole: 37 entries, 7 votes\n"]);
    expect(stderr).toContain("audit.html");
    expect(pageOf("whole")).toBe(auditPage(ledgerOf(text)));
  });
  it("writes the page of a broken one, too, and exits 1", async () => {
    const { exit, stdout } = await audited("broken", text.replace('"pull":13', '"pull":31'));
    expect([exit, stdout]).toEqual([1, expect.stringContaining("✘ line 17: the digest of the line before")]);
    expect(pageOf("broken")).toContain("<h1>The chain is broken</h1>");
  });
  it("writes the page of a ledger without a line", async () => {
    expect((await audited("empty", "")).exit).toBe(0);
    expect(pageOf("empty")).toContain("The ledger holds no vote.");
  });
  it("leaves standard output to the document that was asked for", async () => {
    const { stdout } = await audited("document", text, "--json", "-");
    expect(JSON.parse(stdout)).toEqual({ schema: "openxpu.audit/v1", entries: 37, votes: 7, breaks: [] });
  });
});
