// A bundle is believed as far as GitHub, the base commit and its own numbers bear it out; everything else is named.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../domain/run-record.ts";
import { hiddenSeed as hidden, publishedSeed as published } from "../../stages/execute/regimes.ts";
import { checkBundle } from "./check.ts";
import { type Expected, expectedOf } from "./expected.ts";
import { BUNDLE_FILE, RECORDS_FILE, sha256 } from "./pack.ts";
import { hiddenSeed, publishedSeed } from "./seeds.ts";
import { filesOf, HARNESS, type Judged, judged, ON_HOST, RIGHT, RUN } from "./testing/bundle.ts";

let honest: Judged;
let expected: Expected;
let first: RunRecord;
beforeAll(async () => {
  honest = await judged();
  expected = expectedOf(honest.expectation);
  const [one] = honest.records;
  if (one === undefined) throw new Error("no record");
  first = one;
});

/** What is said against files. */
function said(files: ReadonlyMap<string, Uint8Array>, wanted = expected): string {
  const checked = checkBundle(files, wanted);
  return checked.ok ? "" : checked.problems.join("\n");
}

/** What is said when the first record is replaced. */
function saidOf(change: object): string {
  return said(filesOf([{ ...first, ...change }, ...honest.records.slice(1)]));
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("an honest bundle", () => {
  it("is accepted with all of its records", () => {
    const checked = checkBundle(filesOf(honest.records), expected);
    expect(checked.ok && checked.records).toEqual(honest.records);
    expect(checked.ok && checked.bundle).toMatchObject({ ...RUN, harness: HARNESS });
  });

  it("may hold logs that it lists", () => {
    expect(said(filesOf(honest.records, {}, { "logs/build.log": "said\n" }))).toBe("");
  });

  it("of a device is accepted from the base's workflow", async () => {
    const device = await judged(RIGHT, ON_HOST);
    expect(device.records.some(({ speedup }) => speedup !== null)).toBe(true);
    expect(said(filesOf(device.records), expectedOf(device.expectation))).toBe("");
    const asked = device.records.map((record) => ({ ...record, selection: ["--device cpu"] }));
    expect(said(filesOf(asked), expectedOf(device.expectation))).toBe("");
  });

  it("derives seeds as the harness does", () => {
    expect(publishedSeed("op", "case")).toBe(published("op", "case"));
    expect(hiddenSeed("1".repeat(32), "a/b", "hidden_0")).toBe(hidden("1".repeat(32), "a/b", "hidden_0"));
  });
});

describe("a bundle about something else is refused: its", () => {
  it.each([
    ["repository", { repository: 999 }, "'repository' is 999, the API says 101"],
    ["head", { head: "c".repeat(40) }, "'head' is cccc"],
    ["run", { workflowRun: 7 }, "'workflowRun' is 7, the API says 202"],
    ["attempt", { attempt: 2 }, "'attempt' is 2, the API says 1"],
    ["harness", { harness: "d".repeat(40) }, "is no commit of the base branch that may judge"],
    ["seed", { seed: "0".repeat(32) }, "'seed' is 00000000000000000000000000000000, this run's is"],
    ["schema", { schema: "openxpu.bundle/v2" }, "bundle.json: 'schema'"],
    ["job", { job: "@everyone <b>" }, "bundle.json: 'job'"],
  ])("%s", (_, change, words) => {
    expect(said(filesOf(honest.records, change as object))).toContain(words);
  });

  it.each([
    ["workflow", { path: ".github/workflows/mine.yml" }, "'.github/workflows/mine.yml' is no workflow"],
    ["event", { event: "push" }, "the run was started by 'push', not by pull_request or merge_group"],
    ["commit", { head: "e".repeat(40) }, "not of the head"],
    ["trusted workflow's commit", { path: ".github/workflows/pr-device.yml" }, "not of the base"],
  ])("%s, as the API says", (_, run, words) => {
    expect(said(filesOf(honest.records), { ...expected, run: { ...expected.run, ...run } })).toContain(words);
  });
});

describe("files of a bundle", () => {
  it("that are not listed, not there, or other than listed are named", () => {
    const listed = [...filesOf(honest.records)];
    expect(said(new Map([...listed, ["extra", bytes("x")]]))).toBe("'extra' is not listed");
    expect(said(new Map(listed.filter(([name]) => name === BUNDLE_FILE)))).toContain("is listed and not there");
    expect(said(new Map([...listed, [RECORDS_FILE, bytes("{}")]]))).toContain("has 2 bytes");
    const same = Uint8Array.from(filesOf(honest.records).get(RECORDS_FILE) ?? []).fill(32, 0, 1);
    expect(said(new Map([...listed, [RECORDS_FILE, same]]))).toContain("has another digest than listed");
    expect(said(new Map())).toBe("there is no bundle.json");
  });

  it("listed twice, or records not listed, are named", () => {
    const one = { name: "a", bytes: 0, digest: "0".repeat(64) };
    const words = said(filesOf(honest.records, { files: [one, one] }));
    expect(words).toContain("lists a file twice");
    expect(words).toContain("lists no records.jsonl");
  });

  it.each([
    ["no JSON", "{"],
    ["a second spelling", '{"schema": "openxpu.bundle/v1"}'],
    ["no UTF-8", "\ud800"],
    ["a list", "[]"],
    ["null", "null"],
  ])("with %s as bundle.json are refused", (_, text) => {
    expect(said(new Map([[BUNDLE_FILE, bytes(text)]]))).toContain("bundle.json");
  });
});

describe("lines of records", () => {
  /** What is said of lines as they are. */
  function saidOfLines(text: string): string {
    const files = filesOf([]);
    files.set(RECORDS_FILE, bytes(text));
    return said(repacked(files));
  }

  it.each([
    ["an empty file", "", "holds no record"],
    ["an empty line", "\n", "records.jsonl:1: it is not JSON"],
    ["half a line", '{"schema":"openxpu', "records.jsonl:1: it is not JSON"],
    ["a key twice", '{"a":1,"a":2}\n', "records.jsonl:1: it is not JSON as the harness writes it"],
    ["a number beyond all", '{"a":1e999}\n', "records.jsonl:1: it is not JSON as the harness writes it"],
    ["something else", '{"schema":"openxpu.record/v1"}\n', "records.jsonl:1: 'run'"],
    ["a line above 1 MiB", `"${"x".repeat(2 ** 20)}"\n`, "it has 1048578 bytes, 1048576 are allowed"],
    ["lists in lists", `${"[".repeat(12)}${"]".repeat(12)}\n`, "is nested deeper than 8"],
    ["a deep well", `${"[".repeat(400_000)}${"]".repeat(400_000)}\n`, "records.jsonl:1: it is not JSON"],
    ["a long list", `[${"1,".repeat(400_000)}1]\n`, "has 400001 entries"],
    ["too many lines", "\n".repeat(20_001), "more than 20000 lines"],
  ])("with %s are refused", (_, text, words) => {
    expect(saidOfLines(text)).toContain(words);
  });

  it("with texts or lists larger than the harness writes are refused", () => {
    expect(saidOf({ log: "x".repeat(9000) })).toContain("'log' has 9000 characters");
    expect(saidOf({ time: "x".repeat(5000) })).toContain("'time' has 5000 characters");
    expect(saidOf({ findings: [], selection: Array.from({ length: 10_001 }, () => "x") })).toContain("10001 entries");
  });

  it("with 100 MB of Markdown in a log are refused before a line is read", () => {
    const words = said(filesOf([{ ...first, log: "# @everyone <script>\n".repeat(4_000_000) }]));
    expect(words).toContain("67108864 are allowed");
    expect(words).not.toMatch(/everyone|script/);
  });
});

/** Files with a bundle that lists them as they are. */
function repacked(files: Map<string, Uint8Array>): Map<string, Uint8Array> {
  const content = files.get(RECORDS_FILE) ?? new Uint8Array();
  const before = JSON.parse(Buffer.from(files.get(BUNDLE_FILE) ?? []).toString()) as object;
  const listed = [{ name: RECORDS_FILE, bytes: content.length, digest: sha256(content) }];
  return files.set(BUNDLE_FILE, bytes(`${JSON.stringify({ ...before, files: listed }, null, 1)}\n`));
}

describe("a record that was changed is refused, by field: its", () => {
  const zeros = "0".repeat(64);
  it.each<[string, (one: RunRecord) => object, string]>([
    ["run", () => ({ run: "20261122T101500Z-000000" }), "'repeat' is"],
    ["command", () => ({ repeat: "npx evil" }), "'repeat' is 'ˮnpx evil"],
    ["harness", (one) => ({ harness: { ...one.harness, commit: "e".repeat(40) } }), "'harness.commit' is"],
    ["harness, gone", (one) => ({ harness: { ...one.harness, commit: null } }), "'harness.commit' is 'null'"],
    ["seed", (one) => ({ seed: { ...one.seed, value: "1".repeat(32) } }), "'seed' is"],
    ["seed's origin", (one) => ({ seed: { ...one.seed, origin: "given" } }), "'seed' is"],
    ["selection", () => ({ selection: ["--case easy"] }), "'selection' is"],
    ["selection of an emulated device", () => ({ selection: ["--device toy"] }), "'selection' is"],
    ["op's digest", (one) => ({ op: { ...one.op, digest: zeros } }), "'op.digest' is"],
    ["op", (one) => ({ op: { ...one.op, op: "constructor" } }), "'op.digest' is"],
    ["suite", () => ({ suite: { suite: "mine", digest: zeros } }), "'suite.digest' is"],
    ["suite, gone", () => ({ suite: null }), "'suite.digest' is 'null'"],
    ["sources", (one) => ({ submission: { ...one.submission, sourceDigest: zeros } }), "'submission.sourceDigest' is"],
    ["version", (one) => ({ submission: { ...one.submission, version: "9.9.9" } }), "'submission.version' is"],
    ["licence", (one) => ({ submission: { ...one.submission, license: "MIT" } }), "'submission.license' is"],
    ["commit", (one) => ({ submission: { ...one.submission, commit: zeros } }), "neither the head nor the harness"],
    [
      "determinism",
      (one) => ({ submission: { ...one.submission, deterministic: false } }),
      "'submission.deterministic'",
    ],
    [
      "numerics",
      (one) => ({ submission: { ...one.submission, numerics: { ...one.submission.numerics, class: "loose" } } }),
      "'submission.numerics' is",
    ],
    ["vendor", (one) => ({ submission: { ...one.submission, vendor: "other" } }), "has no such submission"],
    ["chip", (one) => ({ device: { ...one.device, chip: "T9" } }), "'device' is"],
    ["emulation", (one) => ({ device: { ...one.device, emulated: false } }), "'device' is"],
    ["placements", (one) => ({ integrity: { ...one.integrity, placements: ["right"] } }), "'integrity.placements' is"],
    ["case's name", (one) => ({ case: { ...one.case, name: "easy" } }), "give no such case"],
    ["case's axes", (one) => ({ case: { ...one.case, axes: { N: 1 } } }), "'case' is"],
    ["case's tags", (one) => ({ case: { ...one.case, tags: [] } }), "'case' is"],
    ["case's count", (one) => ({ case: { ...one.case, counted: false } }), "'case' is"],
    ["case's secrecy", (one) => ({ case: { ...one.case, hidden: true } }), "'case' is"],
    ["case's seed", (one) => ({ case: { ...one.case, seed: "2".repeat(32) } }), "'case.seed' is"],
    ["case's rows", (one) => ({ case: { ...one.case, judgedRows: { rows: 1, of: 8 } } }), "'case.judgedRows' is"],
    ["errors", () => ({ errors: [] }), "'errors' is"],
    ["witnesses", () => ({ witnesses: [] }), "'witnesses' is '[]'"],
    [
      "witness's name",
      (one) => ({ witnesses: one.witnesses.map((witness) => ({ ...witness, executor: "mine" })) }),
      "'witnesses' is",
    ],
    [
      "witness's errors",
      (one) => ({ witnesses: one.witnesses.map((witness) => ({ ...witness, errors: [] })) }),
      "'witnesses.errors' is",
    ],
  ])("%s", (_, change, words) => {
    expect(saidOf(change(first))).toContain(words.replace("ˮ", '"'));
  });

  it("absence", () => {
    expect(said(filesOf(honest.records.slice(1)))).toContain(`'${first.case.name}': there is no record of it`);
  });

  it("repetition", () => {
    expect(said(filesOf([...honest.records, first]))).toContain("there are 2 records of it");
  });

  it("names, which are never repeated as they are", () => {
    const name = "x\n::set-output name=a::b\u202e@alice <img src=x> [a](http://b) `c`";
    const words = saidOf({ case: { ...first.case, name } });
    expect(words).toContain("give no such case");
    expect(words).not.toMatch(/@|<|\u202e|`|\]\(|:\/\/|^::/m);
  });
});

describe("a hostile bundle", () => {
  it("is told of in at most 201 lines", () => {
    const stray = { ...first, submission: { ...first.submission, vendor: "other" } };
    const checked = checkBundle(filesOf(Array.from({ length: 1000 }, () => stray)), expected);
    expect(checked.ok ? 0 : checked.problems.length).toBe(201);
    expect(checked.ok ? "" : checked.problems.at(-1)).toMatch(/^and \d+ more$/);
  });
});
