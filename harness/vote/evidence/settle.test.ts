// A run's artifacts, from zip to evidence: two honest jobs are believed, one poisoned bundle refuses the run and is told of in harmless words.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../domain/run-record.ts";
import { unzip } from "../../io/archive.ts";
import { zip, type ZipFile, type ZipShape } from "../../testing/zip.ts";
import { type Expected, expectedOf } from "./expected.ts";
import { ARCHIVE } from "./parse.ts";
import { settle, type Settled } from "./settle.ts";
import { filesOf, type Judged, judged, ON_HOST, RIGHT } from "./testing/bundle.ts";

let honest: Judged;
let expected: Expected;
beforeAll(async () => {
  honest = await judged();
  expected = expectedOf(honest.expectation);
});

/** The files of a job as its artifact holds them. */
function entries(job: string, records: readonly unknown[] = honest.records): ZipFile[] {
  return [...filesOf(records, { job })].map(([name, content]) => ({ name, content, described: true }));
}

async function settled(
  jobs: readonly (readonly ZipFile[])[],
  shape: ZipShape = {},
  wanted = expected,
): Promise<Settled> {
  const artifacts = await Promise.all(
    jobs.map(async (files, index) => ({
      name: `evidence-${index}`,
      archive: await unzip(zip(files, index === 0 ? shape : {}), ARCHIVE),
    })),
  );
  return settle(artifacts, wanted);
}

const said = (result: Settled): string => (result.ok ? "" : result.problems.join("\n"));

describe("two honest jobs", () => {
  it("give evidence", async () => {
    const result = await settled([entries("a"), entries("b")]);
    expect(said(result)).toBe("");
    expect(result.ok && result.evidence.verdicts.map(({ status }) => status)).toEqual(["PASSED"]);
    expect(result.ok && result.bundles.map(({ bundle }) => bundle.job)).toEqual(["a", "b"]);
  });

  it("are needed: one alone proves nothing, but on a device of ours", async () => {
    expect(said(await settled([entries("a")]))).toBe("there are bundles of 1 jobs, it takes 2");
    const device = await judged(RIGHT, ON_HOST);
    const result = await settled([entries("a", device.records)], {}, expectedOf(device.expectation));
    expect(result.ok && result.evidence.verdicts[0]).toMatchObject({ unvotable: [], device: { emulated: false } });
  });

  it("may not be one job twice", async () => {
    expect(said(await settled([entries("a"), entries("b"), entries("b")]))).toContain("two bundles are of one job");
  });
});

describe("a poisoned bundle changes nothing and is told of:", () => {
  const hostile = "\u202e@alice\n::set-output name=x::y\n##[group]\u001b[31m <script>alert(1)</script> ![x](http://b)";

  it.each<[string, () => readonly ZipFile[], ZipShape, string]>([
    [
      "a path that leaves the folder",
      () => [...entries("a"), { name: "../../evil.sh", content: "x" }],
      {},
      "leaves the",
    ],
    ["a bomb", () => [...entries("a"), { name: "log", content: "0".repeat(2 ** 25) }], {}, "100 times its size"],
    ["a link", () => [...entries("a"), { name: "log", content: "/etc/passwd", mode: 0o120777 }], {}, "a symbolic link"],
    ["a hidden file", () => [...entries("a"), { name: "log", content: hostile }], {}, "'log' is not listed"],
    ["junk", () => entries("a"), { before: Uint8Array.of(1) }, "leave a gap"],
    ["another file's name", () => [{ name: `x${hostile}`, content: "" }], {}, "deeper than 2 folders"],
    ["half of an archive", () => [], { directoryOffset: 9 }, "not where its end says"],
  ])("%s", async (_, files, shape, words) => {
    const result = await settled([files(), entries("b")], shape);
    expect(result.ok).toBe(false);
    expect(said(result)).toContain(words);
    expect(said(result)).not.toMatch(/[@<>\u202e\u001b]|::set-output name|\]\(/);
  });

  it("a forged verdict", async () => {
    const forged = honest.records.map(
      (record): RunRecord => ({
        ...record,
        errors: record.errors.map((error) => ({ ...error, mismatches: 3, headroom: 7 })),
      }),
    );
    const result = await settled([entries("a", forged), entries("b", forged)]);
    expect(said(result)).toContain("'evidence-0': 'acme/sums' 'eight_float16': errors of 'y': 'mismatches' is 3");
  });

  it("a forged case that the other job does not show", async () => {
    const forged = honest.records.map((record) => ({
      ...record,
      errors: record.errors.map((error) => ({ ...error, digest: "0".repeat(64) })),
    }));
    expect(said(await settled([entries("a", forged), entries("b")]))).toContain("its outputs or their errors differ");
  });

  it("hostile words in every text of a record", async () => {
    const poisoned = (value: unknown): unknown => {
      if (typeof value === "string") return value + hostile;
      if (typeof value !== "object" || value === null) return value;
      if (Array.isArray(value)) return value.map(poisoned);
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key + hostile, poisoned(inner)]));
    };
    const [first, ...rest] = honest.records;
    const result = await settled([entries("a", [poisoned(first), ...rest]), entries("b")]);
    expect(result.ok).toBe(false);
    expect(said(result)).not.toMatch(/[@<>\u202e\u001b`]|\]\(|:\/\//);
    // Each of our lines is one line, and begins with a word of ours.
    expect(
      said(result)
        .split("\n")
        .every((line) => /^['a-z]/.test(line)),
    ).toBe(true);
  });

  it("hostile words where words are free", async () => {
    const log = honest.records.map((record) => ({
      ...record,
      log: hostile,
      device: { ...record.device, model: hostile },
    }));
    const result = await settled([entries("a", log), entries("b", log)]);
    expect(said(result)).toBe("");
    expect(JSON.stringify(result.ok && result.evidence)).not.toMatch(/[@<>\u202e]|\\u001b|\\n|\]\(/);
  });
});
