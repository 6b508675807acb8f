// Rules: what the site's pages hold, whatever the records say. The browser's side of it is in page.test.ts.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../harness/domain/run-record.ts";
import { fixtureRecords, fixtureRejected } from "./fixture.ts";
import { site } from "./site.ts";
import { expectGolden, withoutAssets } from "./testing/golden.ts";
import { HOSTILE, hostileRecord } from "./testing/hostile.ts";

const records = fixtureRecords();
const pages = site(records, [fixtureRejected()]);

function only(...vendors: string[]): RunRecord[] {
  return records.filter((record) => vendors.includes(record.submission.vendor));
}

function page(name: string): string {
  const text = pages.get(name);
  if (text === undefined) throw new Error(`no page ${name}`);
  return text;
}

/** The tags of a page in their order, without attributes: its structure. */
function tags(text: string): string {
  return [...withoutAssets(text).matchAll(/<\/?[a-z][a-z0-9]*/g)].map(([tag]) => tag).join("");
}

describe("site", () => {
  it("has a first page, a page per submission and a page per case", () => {
    expect(pages.size).toBe(1 + 6 + 28 + 1);
    expect([...pages.keys()][0]).toBe("index.html");
  });
  it("is the same text for the same records", () => {
    expect(site(records, [fixtureRejected()])).toEqual(pages);
  });
  it("links to pages that exist, and to nothing else", () => {
    for (const text of pages.values()) {
      for (const [, target] of text.matchAll(/(?:href|src|action)="([^"]*)"/g)) {
        expect(target === "#main" || pages.has(target ?? "")).toBe(true);
      }
    }
    const reached = new Set(
      [...pages.values()].flatMap((text) => [...text.matchAll(/href="([^"#]+)"/g)].map((match) => match[1])),
    );
    expect([...pages.keys()].filter((name) => !reached.has(name))).toEqual([]);
  });
  it("allows by its policy exactly the style and the script that a page holds", () => {
    for (const text of pages.values()) {
      const policy = text.match(/Content-Security-Policy" content="([^"]*)"/)?.[1] ?? "";
      expect(policy).toMatch(/^default-src 'none'; /);
      for (const kind of ["style", "script"]) {
        const inline = [...text.matchAll(new RegExp(`<${kind}>([^]*?)</${kind}>`, "g"))].map((match) => match[1] ?? "");
        const hashes = inline.map((one) => `'sha256-${createHash("sha256").update(one).digest("base64")}'`);
        expect(policy).toContain(`${kind}-src ${hashes.length === 0 ? "'none'" : hashes.join(" ")};`);
      }
      expect(text).not.toMatch(/ style="| on[a-z]+="|unsafe-/);
    }
  });
  it("answers in one line, with the counts below it", () => {
    expect(page("index.html")).toContain("<h1>3 of 7 submissions conform</h1>");
    expect(site(only("acme")).get("index.html")).toContain("<h1>1 of 1 submission conforms</h1>");
    expect(site([]).get("index.html")).toContain("<h1>No submission was judged</h1>");
  });
  it("says so where a run was narrowed or its isolation is weak", () => {
    const narrowed = only("acme").map((record) => ({
      ...record,
      selection: ["--case", "odd*"],
      device: { ...record.device, isolation: "rlimit" as const },
    }));
    const text = site(narrowed).get("index.html") ?? "";
    expect(text).toContain("<code>--case odd*</code>");
    expect(text).toContain("rlimit (weaker than full)");
  });
  it("never writes a speedup for an emulated device", () => {
    const forged = only("acme").map((record) => ({
      ...record,
      speedup: { value: 7.77, interval: [7.7, 7.8] as [number, number], baseline: "torch", reading: "faster" as const },
    }));
    for (const text of site(forged).values()) expect(text).not.toContain("7.77");
  });
});

describe("hostile records", () => {
  const benign = only("everest", "borealis");
  const attacks = benign.map((record) => hostileRecord(record));
  const attacked = site(attacks.map((attack) => attack.record));

  it("attack from every text that the schema leaves free", () => {
    expect(Math.min(...attacks.map((attack) => attack.texts))).toBeGreaterThan(25);
  });
  it("cannot change the structure of a page", () => {
    const [one] = attacks;
    if (one === undefined) throw new Error("no fixture");
    const calm = JSON.parse(JSON.stringify(one.record).replaceAll(JSON.stringify(HOSTILE), '"calm"')) as RunRecord;
    const structures = [one.record, calm].map((record) => [...site([record]).values()].map(tags));
    expect(structures[0]).toEqual(structures[1]);
  });
  it("cannot make a record vanish", () => {
    // All carry the same hostile name now, so there is one row for emulated and one for physical devices.
    expect(attacked.size).toBe(1 + 2 + benign.length);
  });
  it("leave no control, override or unescaped mark in any page", () => {
    for (const text of attacked.values()) {
      expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(withoutAssets(text)).not.toMatch(/<(img|script>w|!--)/);
    }
  });
  it("cannot name a file outside the site", () => {
    for (const name of attacked.keys()) expect(name).toMatch(/^[a-z0-9][a-z0-9._~-]*\.html$/);
  });
});

describe("golden pages", () => {
  const small = site(
    only("borealis", "everest").filter((record) => record.case.name !== "decode_1x777"),
    [fixtureRejected()],
  );
  it("index.html", async () => {
    await expectGolden("index.html", withoutAssets(small.get("index.html") ?? ""));
  });
  it("case.html", async () => {
    const name = [...small.keys()].find((file) => file.includes("borealis") && file.includes("gqa_tail"));
    await expectGolden("case.html", withoutAssets(small.get(name ?? "") ?? ""));
  });
});
