// A run on disk: what was being written when its writer was killed is cut, what is whole is not judged again, and nothing else is believed.
import { beforeEach, describe, expect, it } from "vitest";
import type { BegunRun } from "../domain/begun-run.ts";
import { InputError } from "../domain/problem.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { type MemoryFiles, memoryFiles } from "../testing/memory.ts";
import { recordWith } from "../testing/records.ts";
import { type DiskJournal, diskJournal, readBegun } from "./journal.ts";

let record: RunRecord;
let files: MemoryFiles;
beforeEach(async () => {
  record = await recordWith();
  files = memoryFiles();
});

const DIGEST = "d".repeat(64);
const place = (): { folder: string; run: string } => ({ folder: "/out/records", run: record.run });
const file = (): string => `/out/records/${record.run}.jsonl`;
const line = (rest: Partial<RunRecord> = {}): string => `${JSON.stringify({ ...record, ...rest })}\n`;

function begun(): BegunRun {
  return {
    schema: "openxpu.begun-run/v1",
    run: record.run,
    submissions: [{ folder: "/tree/acme/sums", path: "acme/sums" }],
    options: { suite: "default", measure: true },
    seed: { value: "7".repeat(32), origin: "random" },
    suite: { suite: "default", digest: DIGEST },
    harness: { version: "1", commit: "c".repeat(40), content: null },
    sources: [{ submission: "acme/sums", sourceDigest: DIGEST, opDigest: DIGEST }],
  };
}

function again(now: Partial<BegunRun> = {}): Promise<DiskJournal> {
  return diskJournal(place(), { ...begun(), ...now }, begun(), "records", files);
}

async function problems(promise: Promise<unknown>): Promise<string[]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ code, message }) => `${code}: ${message}`);
    throw error;
  }
  return [];
}

describe("a record that is kept", () => {
  it("is a whole line, there before the next one is begun", async () => {
    const journal = await diskJournal(place(), begun(), undefined, "records", files);
    await journal.begin(begun().sources);
    await journal.keep([record]);
    expect(await files.text(file())).toBe(line());
    expect([journal.written(), journal.count()]).toEqual([true, 1]);
  });

  it("is found by another process of the run", async () => {
    files.contents.set(file(), line());
    const journal = await again();
    const { submission, case: bound } = record;
    expect(journal.finished(`${submission.vendor}/${submission.submission}`, bound.name)).toEqual(record);
    expect(journal.finished("acme/sums", "another")).toBeUndefined();
  });
});

describe("a torn last line", () => {
  it.each([1, 10, 200])(
    "is cut before anything is added to it, %d characters long or whole but for its end",
    async (length) => {
      for (const torn of [line().slice(0, length), line().trimEnd()]) {
        files.contents.set(file(), line() + torn);
        expect((await again()).count()).toBe(1);
        expect(await files.text(file())).toBe(line());
      }
    },
  );
});

describe("a whole line", () => {
  it("that is no record of the run is told with its place, and nothing is written", async () => {
    for (const bad of ["nonsense\n", line({ run: "20200101T000000Z-000000" }), "\0\0\0\n"]) {
      files.contents.set(file(), line() + bad + line());
      expect(await problems(again())).toEqual(["RECORD_INVALID: it is no record of this run"]);
      expect(await files.text(file())).toBe(line() + bad + line());
    }
  });

  it("of what the infrastructure prevented is judged again", async () => {
    files.contents.set(file(), line({ status: "INFRA_ERROR" }));
    expect((await again()).count()).toBe(0);
    expect(await files.text(file())).toBe("");
  });

  it("that is there twice counts once", async () => {
    files.contents.set(file(), line() + line());
    expect((await again()).count()).toBe(1);
    expect(await files.text(file())).toBe(line());
  });
});

describe("a finished run", () => {
  it("has its records in the order of the report", async () => {
    const other = { ...record, case: { ...record.case, name: "aaa" } };
    const journal = await again();
    await journal.keep([other]);
    await journal.keep([record]);
    await journal.finish([record, other]);
    expect(await files.text(file())).toBe(`${line()}${JSON.stringify(other)}\n`);
  });
});

describe("another process of a run", () => {
  it("goes on where nothing has changed", async () => {
    expect(await problems((await again()).begin(begun().sources))).toEqual([]);
  });

  it.each<readonly [string, Partial<BegunRun>, string]>([
    ["another harness", { harness: { version: "1", commit: "e".repeat(40), content: null } }, "this is another"],
    ["the same commit with changes", { harness: { version: "1", commit: null, content: DIGEST } }, "1 with changes"],
    ["another suite", { suite: { suite: "default", digest: "e".repeat(64) } }, "suites/default.yaml has changed"],
  ])("is refused with %s", async (_, now, said) => {
    const found = await problems((await again(now)).begin(begun().sources));
    expect(found).toEqual([expect.stringContaining(said)]);
    expect(found[0]).toContain("RUN_CHANGED");
  });

  it("is refused with other sources, another meaning of the op, one submission less: all at once", async () => {
    const [source] = begun().sources;
    if (source === undefined) throw new Error("no source");
    const said = async (sources: BegunRun["sources"]): Promise<string[]> => problems((await again()).begin(sources));
    const other = { ...source, sourceDigest: "e".repeat(64), opDigest: "f".repeat(64) };
    expect(await said([other])).toEqual([
      "RUN_CHANGED: its source is not the one that the run began with",
      "RUN_CHANGED: the meaning of its op has changed since",
    ]);
    expect(await said([])).toEqual(["RUN_CHANGED: it is not valid any more"]);
  });

  it("of a run that never began, or whose beginning cannot be read, is refused", async () => {
    expect(await problems(readBegun(place(), "records", files))).toEqual([
      "RUN_UNKNOWN: no run of that name began here",
    ]);
    expect(await problems(readBegun({ folder: "/out", run: "../../etc/passwd" }, "records", files))).toHaveLength(1);
    files.contents.set(`/out/records/${record.run}.run.json`, '{"schema": "openxpu.beg');
    expect((await problems(readBegun(place(), "records", files)))[0]).toContain("RECORD_INVALID");
  });

  it("reads what the first one wrote", async () => {
    const journal = await diskJournal(place(), begun(), undefined, "records", files);
    await journal.begin(begun().sources);
    expect(await readBegun(place(), "records", files)).toEqual(begun());
  });
});
