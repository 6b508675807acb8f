// Rules: what each format may and may not say, and its text for a small run.
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { fixtureRecords, fixtureRejected } from "../fixture.ts";
import { expectGolden } from "../testing/golden.ts";
import { HOSTILE, hostileRecord } from "../testing/hostile.ts";
import { benchmark } from "./benchmark.ts";
import { csv } from "./csv.ts";
import { junit } from "./junit.ts";
import { summary } from "./summary.ts";
import { trace } from "./trace.ts";

const records = fixtureRecords();
const small = records.filter(
  (record) => ["borealis", "everest"].includes(record.submission.vendor) && record.op.op === "flash_attention",
);
const forged: RunRecord[] = records
  .filter((record) => record.device.emulated)
  .map((record) => ({
    ...record,
    speedup: { value: 7.77, interval: [7.7, 7.8], baseline: "torch", reading: "faster" },
  }));
const attacked = small.map((record) => hostileRecord(record).record);

interface Trace {
  readonly evaluation: {
    readonly status: string;
    readonly correctness: unknown;
    readonly performance: unknown;
    readonly log: string;
  };
}

function traces(some: readonly RunRecord[]): Trace[] {
  return trace(some)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Trace);
}

function changed(change: Partial<RunRecord>): RunRecord[] {
  return small.slice(0, 1).map((record) => ({ ...record, ...change }));
}

describe("every export", () => {
  it("holds no speedup of an emulated device", () => {
    for (const text of [trace(forged), benchmark(forged), csv(forged), summary(forged), junit(forged)]) {
      expect(text).not.toContain("7.77");
    }
  });
  it("is the golden text for a small run", async () => {
    await expectGolden("junit.xml", junit(small, [fixtureRejected()]));
    await expectGolden("trace.jsonl", trace(small));
    await expectGolden("benchmark.json", benchmark(small));
    await expectGolden("records.csv", csv(small));
    await expectGolden("summary.md", summary(small, [fixtureRejected()]));
  });
});

describe("JUnit", () => {
  it("fails wrong kernels, errs on broken infrastructure, skips what does not count", () => {
    const [first] = small;
    if (first === undefined) throw new Error("no fixture");
    const uncounted = { ...first.case, counted: false };
    const text = junit([
      { ...first, status: "TIMEOUT" },
      { ...first, status: "INFRA_ERROR" },
      { ...first, status: "UNSUPPORTED", case: uncounted },
      first,
    ]);
    expect(text).toContain('tests="4" failures="1" errors="1" skipped="1"');
  });
  it("is XML 1.0 for any text: no control, no bare mark", () => {
    const text = junit(attacked);
    expect(text).not.toMatch(/(?![\n])[\p{Cc}\p{Cs}\ufffe\uffff]/u);
    expect(
      text.replaceAll(
        /<\/?(testsuites|testsuite|testcase|properties|property|failure|error|skipped)[^<>]*>|<\?xml[^<>]*>/g,
        "",
      ),
    ).not.toMatch(/[<>]/);
    expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#10;|#9;)/);
  });
});

describe("flashinfer-bench trace", () => {
  it("has correctness and performance exactly where that schema asks for them", () => {
    const all = traces(records);
    expect(all.length).toBeGreaterThan(5);
    for (const { evaluation } of all) {
      expect(evaluation.performance !== null).toBe(evaluation.status === "PASSED");
      expect(evaluation.correctness !== null).toBe(["PASSED", "INCORRECT_NUMERICAL"].includes(evaluation.status));
    }
  });
  it("leaves out passes that were not timed, and what judges no kernel", () => {
    const status = (one: RunRecord["status"]) => traces(changed({ status: one, speedup: null }));
    expect([status("PASSED"), status("UNSUPPORTED"), status("INFRA_ERROR"), status("REFERENCE_DISAGREEMENT")]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
  it("names in the log a status that it does not have", () => {
    const [one] = traces(changed({ status: "INTEGRITY_VIOLATION" }));
    expect(one?.evaluation).toMatchObject({ status: "RUNTIME_ERROR", correctness: null });
    expect(one?.evaluation.log).toMatch(/^INTEGRITY_VIOLATION\n/);
  });
  it("writes NaN and infinity as text", () => {
    const errors =
      small[0]?.errors.map((error) => ({ ...error, maxAbs: "NaN" as const, maxRel: "Infinity" as const })) ?? [];
    const [one] = traces(changed({ status: "INCORRECT_NUMERICAL", errors }));
    expect(one?.evaluation.correctness).toMatchObject({ max_absolute_error: "NaN", max_relative_error: "Infinity" });
  });
});

describe("github-action-benchmark", () => {
  it("draws no line through hidden cases, which are others each time, nor through failing ones", () => {
    const [timed] = records.filter((record) => record.speedup !== null);
    if (timed === undefined) throw new Error("no fixture");
    expect(JSON.parse(benchmark([timed]))).toHaveLength(1);
    expect(JSON.parse(benchmark([{ ...timed, case: { ...timed.case, hidden: true } }]))).toEqual([]);
    expect(JSON.parse(benchmark([{ ...timed, status: "NONDETERMINISTIC" }]))).toEqual([]);
  });
  it("has a name of its own for every chip, baseline and numerics class", () => {
    const [timed] = records.filter((record) => record.speedup !== null);
    if (timed?.speedup === undefined || timed.speedup === null) throw new Error("no fixture");
    const others: RunRecord[] = [
      { ...timed, device: { ...timed.device, chip: "other" } },
      { ...timed, speedup: { ...timed.speedup, baseline: "other" } },
      { ...timed, submission: { ...timed.submission, numerics: { ...timed.submission.numerics, class: "other" } } },
    ];
    const names = [timed, ...others].map((record) => (JSON.parse(benchmark([record])) as { name: string }[])[0]?.name);
    expect(new Set(names).size).toBe(4);
  });
});

describe("CSV", () => {
  it("has a line per case and output, all of one width", () => {
    const lines = csv(small).trimEnd().split("\r\n");
    expect(lines).toHaveLength(1 + small.flatMap((record) => record.errors).length);
    expect(new Set(lines.map((line) => line.split(",").length)).size).toBe(1);
  });
  it("keeps texts that look like formulas from being run, and quotes what needs it", () => {
    const [first] = small;
    if (first === undefined) throw new Error("no fixture");
    const text = csv([{ ...first, submission: { ...first.submission, vendor: '=cmd|"a"', version: "@x" } }]);
    expect(text).toContain(`,"'=cmd|""a""",`);
    expect(text).toContain(",'@x,");
  });
});

describe("Markdown summary", () => {
  it("tells a failure that all cases share once", () => {
    const text = summary(records.filter((record) => record.submission.vendor === "delta"));
    expect(text.match(/COMPILE\\_ERROR/g)).toHaveLength(2);
    expect(text).toContain("5 cases: ");
  });
  it("lets no record format, link, mention or leave its code block", () => {
    const text = summary(attacked.map((record) => ({ ...record, repeat: `${HOSTILE}\n\`\`\`\`\n# out` })));
    const outside = text.replaceAll(/^(`{3,})text\n[^]*?\n\1$/gm, "");
    expect(outside).not.toMatch(/(^|[^\\])(<|@|\[x\]|`)/m);
    expect(outside).not.toMatch(/^# out/m);
  });
});
