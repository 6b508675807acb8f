// Rules: what the audit page says of a ledger, whatever people wrote into it. The browser's side of it is in browser.test.ts.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { expectGolden, withoutAssets } from "../testing/golden.ts";
import { auditPage } from "./page.ts";
import { calmLedger, hostileLedger } from "./testing/hostile.ts";
import { ledgerOf, ledgerText, longLedgerText } from "./testing/ledger.ts";

const text = ledgerText();
const whole = ledgerOf(text);
const page = auditPage(whole);
const hrefs = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, target]) => target ?? "");
const ids = (html: string): string[] => [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id ?? "");
const tags = (html: string): string => [...withoutAssets(html).matchAll(/<\/?[a-z][a-z0-9]*/g)].join("");

/** The part of a page from one place to the next section. */
function sectionOf(id: string, html = page): string {
  const start = html.indexOf(`<h2 id="${id}`);
  expect(start, id).toBeGreaterThan(0);
  return html.slice(start, html.indexOf("</section>", start));
}

/** The section of the vote with this number. */
function voteOf(number: number): string {
  const found = new RegExp(`<h2 id="(vote-[0-9a-f]{64})"><span class="step number">Vote ${number}</span>`).exec(page);
  return sectionOf(found?.[1] ?? `vote ${number}`);
}

describe("the page of a ledger", () => {
  it("is the golden one", async () => {
    await expectGolden("audit.html", withoutAssets(page));
  });
  it("is the same text for the same ledger", () => {
    expect(auditPage(ledgerOf(text))).toBe(page);
  });
  it("needs no script, and loads nothing", () => {
    expect(page).not.toMatch(/<script| src=| style="| on[a-z]+="|<link|@import|url\(/);
    expect(page).toContain("script-src 'none'");
  });
  it("links to places of its own that exist, each once, and to nothing else", () => {
    const places = ids(page);
    expect(new Set(places).size).toBe(places.length);
    for (const target of hrefs(page)) expect(places, target).toContain(target.slice(1));
    for (const target of hrefs(page)) expect(target).toMatch(/^#/);
  });
  it("tells the newest vote first, and each under its key", () => {
    const sections = [...page.matchAll(/<h2 id="vote-([0-9a-f]{64})"><span class="step number">Vote (\d+)/g)];
    expect(sections.map(([, , number]) => number)).toEqual(["7", "6", "5", "4", "3", "2", "1"]);
    for (const [, key] of sections) expect(text).toContain(`"key":"${key}"`);
  });
  it("says so where the ledger is empty", () => {
    const empty = auditPage(ledgerOf(""));
    expect(empty).toContain("<h1>The chain is whole</h1>");
    expect(empty).toContain("The ledger holds no vote.");
  });
});

describe("the chain", () => {
  it("shows of every line the digest that the next line holds", () => {
    const shown = [...sectionOf("chain").matchAll(/<td class="mono">([0-9a-f]{64})/g)].map(([, digest]) => digest);
    expect(shown.slice(0, -1)).toEqual(whole.entries.slice(1).map(({ previous }) => previous));
    expect(shown.at(-1)).toBe(
      createHash("sha256")
        .update(whole.lines.at(-1) ?? "")
        .digest("hex"),
    );
    expect(page).toContain(`<dt>sha256 of the last line</dt><dd><code>${shown.at(-1)}</code>`);
  });
  it("names every break with its line, and tells nothing of what stands behind the first", () => {
    const broken = auditPage(ledgerOf(text.replace('"pull":13', '"pull":31').replace('"type":"revote"', '"type":"x"')));
    expect(broken).toContain("<h1>The chain is broken</h1>");
    expect(broken).toMatch(/<b>line 17<\/b>: the digest of the line before is another one/);
    expect(broken).toMatch(/<b>line 29<\/b>: it is no entry/);
    expect(broken).toContain("16 read of 37 lines");
    expect(sectionOf("chain", broken).match(/not read/g)).toHaveLength(21);
    expect(broken).not.toContain("Convolution in int8");
  });
});

describe("a vote", () => {
  it("shows what it was about: pull request, head, digests of evidence, ops and rule", () => {
    for (const part of [`>${"3".repeat(40)}<`, `>${"4".repeat(64)}<`, `>${"b".repeat(64)}<`, `>${"9".repeat(64)}<`])
      expect(voteOf(2)).toContain(part);
    expect(voteOf(2)).toContain("Attention in half precision");
  });
  it("links to the vote before it and to the one after it", () => {
    const [first, second] = [voteOf(1), voteOf(2)];
    expect(first).toContain("superseded, decides nothing: ");
    expect(first).toMatch(/Followed by<\/dt><dd><a href="#vote-[0-9a-f]{64}">vote 2<\/a> \(merged\)/);
    expect(second).toMatch(/Follows<\/dt><dd><a href="#vote-[0-9a-f]{64}">vote 1<\/a> \(superseded\)/);
  });
  it("shows a speedup of physical devices only, whatever the ledger holds", () => {
    expect(text).toContain("7.77");
    expect(page).not.toContain("7.77");
    expect(voteOf(2)).toContain("1.37x [1.34, 1.40]");
  });
  it("is badged where nothing physical stands behind it", () => {
    expect(voteOf(1)).toContain('<span class="badge emulated">emulated only</span>');
    expect(voteOf(2)).not.toContain("emulated only");
  });
  it("shows the failure, and the waiver that lifted it", () => {
    expect(voteOf(5)).toContain("INCORRECT_NUMERICAL");
    expect(voteOf(5)).toContain("until 2026-06-01, answered for by account 101: <code>odd_sizes</code>");
  });
  it("names who is recused, why, and whose objection counts all the same", () => {
    expect(voteOf(2)).toContain("of the submitting vendor borealis");
    expect(voteOf(2)).toMatch(/named in the commits as a co-author<\/span>; an objection counts all the same/);
  });
  it("tells every turn: prolonged, closed, cancelled by whom and why, merged as what", () => {
    expect(voteOf(3)).toContain("prolonged for want of a quorum");
    expect(voteOf(3)).toContain("closed: no quorum");
    expect(voteOf(4)).toMatch(/cancelled by ann-acme .*the licence of one file is unclear/);
    expect(voteOf(6)).toMatch(/closed: passed[^]*superseded, decides nothing: .*the policy changed/);
    expect(voteOf(2)).toContain(`merged as <code>${"5".repeat(40)}</code>`);
    expect(voteOf(7)).toContain("Ballots are counted when it ends.");
  });
});

describe("entries outside votes", () => {
  it("are told by pull request: judged, refused, asked for", () => {
    const told = page.slice(page.indexOf('<h2 id="outside"'), page.indexOf('<h2 id="chain"'));
    expect(told).toContain("evidence-a/records.jsonl: the digest is not the one of the bundle");
    expect(told).toContain("asked to repeat run 7011 after attempt 1, in comment 880");
    expect(told).toContain("of cirrus asked for another vote, in comment 940");
    expect(told).toMatch(/Run 7012\.2 on head/);
  });
});

describe("hostile texts", () => {
  const { ledger, texts } = hostileLedger(whole);
  const attacked = auditPage(ledger);
  it("attack from every text that the schema leaves free", () => {
    expect(texts).toBeGreaterThan(400);
  });
  it("cannot change the structure of the page", () => {
    expect(tags(attacked)).toBe(tags(auditPage(calmLedger(ledger))));
  });
  it("leave no control, override or unescaped mark", () => {
    expect(attacked).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(withoutAssets(attacked)).not.toMatch(/<(img|script|!--)/);
    for (const target of hrefs(attacked)) expect(ids(attacked)).toContain(target.slice(1));
  });
  it("of 65,536 characters are folded, and whole behind the fold", () => {
    const long = "\u{1f600}".repeat(32_768);
    const entries = whole.entries.map((entry) =>
      entry.event.type === "cancelled" ? { ...entry, event: { ...entry.event, reason: long } } : entry,
    );
    const folded = auditPage({ ...whole, entries });
    expect(folded).toContain(
      `<details><summary>${"\u{1f600}".repeat(100)} \u2026</summary><pre>${long}</pre></details>`,
    );
  });
});

it("a ledger of 2,000 entries makes a page below 5 MB", () => {
  const long = ledgerOf(longLedgerText(2000));
  expect(long.entries.length).toBe(2000);
  expect(Buffer.byteLength(auditPage(long))).toBeLessThan(5_000_000);
});
