// Problems as people read them, and that hostile text stays text.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Problem } from "../../domain/problem.ts";
import { edited, SUBMISSION, submissionProblems } from "../../testing/miniature.ts";
import { oneLine, problemText } from "./problem.ts";

const PROBLEM: Problem = {
  code: "VALUE_INVALID",
  place: { file: "a.yaml", line: 3, column: 5 },
  message: "what is wrong",
  fix: "how to mend it",
};

describe("a problem", () => {
  it("is code, place, the line with a mark, what is wrong and how to fix it", async () => {
    const [problem] = await submissionProblems(edited("{}", "{dtypes: {T: [int8]}}"));
    expect(problem === undefined ? "" : problemText(problem)).toMatchInlineSnapshot(`
      "✘ OP_DTYPE_UNSUPPORTED   vendors/acme/sums/submission.yaml:9:25
          9 | supports: {dtypes: {T: [int8]}}
            |                         ^
            int8 is not a dtype of window_sum (T has float16, float32)
        fix choose one of those, or propose the dtype in kernels/window_sum/op.yaml"
    `);
  });

  it("without a line of text has no excerpt", () => {
    expect(problemText(PROBLEM)).toMatchInlineSnapshot(`
      "✘ VALUE_INVALID   a.yaml:3:5
            what is wrong
        fix how to mend it"
    `);
    expect(problemText({ ...PROBLEM, excerpt: "   " })).toBe(problemText(PROBLEM));
  });

  it("marks its column: in a line with tabs, at the end, in a very long line", () => {
    const marked = (excerpt: string, column: number): string => {
      const lines = problemText({ ...PROBLEM, place: { ...PROBLEM.place, column }, excerpt }).split("\n");
      return lines[1]?.[lines[2]?.indexOf("^") ?? -1] ?? "";
    };
    expect([
      marked("ab\tXcd", 4),
      marked("X", 1),
      marked("abcX", 4),
      marked(`${"a".repeat(119)}X${"b".repeat(400)}`, 120),
    ]).toEqual(["X", "X", "X", "X"]);
    for (const before of [120, 159, 160, 1000])
      expect(marked(`${"a".repeat(before)}X${"b".repeat(400)}`, before + 1)).toBe("X");
  });
});

describe("hostile text", () => {
  it("reaches no terminal as a control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const place = { file: text, line: 1, column: 1 };
        const shown = problemText({ ...PROBLEM, place, message: text, fix: text, excerpt: text });
        // Lines and tabs are ours to print.
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  it("leaves ordinary text of any script alone", () => {
    expect(problemText({ ...PROBLEM, message: "é 阿克梅 ✔ 🙂 \ttab" })).toContain("é 阿克梅 ✔ 🙂 \ttab");
  });

  it("cannot begin a line of its own in a message or a file's name", () => {
    const evil = "x\n✔ acme/evil   conforms\r\n::set-output name=a::b";
    const lines = problemText({
      ...PROBLEM,
      message: evil,
      place: { ...PROBLEM.place, file: evil },
      excerpt: "\u001b[2Kx",
    }).split("\n");
    expect(lines.map((line) => line.slice(0, 7))).toEqual(["✘ VALUE", "    3 |", "      |", "      x", "  fix h"]);
    expect(lines[3]).toBe("      x ⏎ ✔ acme/evil   conforms ⏎ ::set-output name=a::b");
    expect(oneLine("  one \n\n two ")).toBe("one ⏎ two");
  });

  it("in a manifest is told with its control characters shown", async () => {
    const [problem, ...more] = await submissionProblems(edited("entry: sums", 'entry: "\\e[31m\\nevil"'));
    expect(more).toEqual([]);
    const text = problem === undefined ? "" : problemText(problem);
    expect(text).toContain(`✘ ENTRY_INVALID   ${SUBMISSION}/submission.yaml:8:8`);
    expect(text).toContain("'[U+001B][31m ⏎ evil' is no identifier");
  });
});
