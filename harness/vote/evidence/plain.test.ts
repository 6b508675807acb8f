// Hostile text: whatever it says, it stays one short line that means nothing to Markdown, HTML, a terminal or a workflow.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleaned, plain, quoted } from "./plain.ts";

/** Text full of what does harm. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("@alice", "<script>", "<!-- key -->", "](http://x)", "![x](", "`", "``", "|", "\n"),
      fc.constantFrom("\r\n::set-output a=b", "\u202e", "\u2066", "\u200b", "\ufeff", "\u001b[2J", "\ud800"),
      fc.constantFrom("\u0000", "\u2028", "&lt;", "\\", "#1", "~~"),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

const HARMFUL = /[<>@|\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|\]\(|:\/\//u;

describe("text in Markdown", () => {
  it("is one code span of at most the limit, without anything that does harm", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 80 }), (text, limit) => {
        const span = plain(text, limit);
        if (span === "") return;
        expect(span).toMatch(/^`[^`]+`$/u);
        expect(span).not.toMatch(HARMFUL);
        expect(Array.from(span).length).toBeLessThanOrEqual(limit + 2);
      }),
      { numRuns: 5000 },
    );
  });

  it("is the same when it is cleaned again", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(cleaned(cleaned(text))).toBe(cleaned(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("shows ordinary words in any language as they are", () => {
    const words = "element [0, 3] of 'y': got 1.5, want 2 (尾块) – naïve";
    expect(plain(words)).toBe(`\`${words}\``);
  });

  it("of nothing is nothing", () => {
    for (const nothing of ["", " \n\t", "\u200b\u202e", "\u3164"]) expect(plain(nothing)).toBe("");
  });

  it("is cut by characters, never inside one", () => {
    expect(cleaned("😀".repeat(10), 4)).toBe("😀😀😀…");
    expect(cleaned(`a${"\u0301".repeat(50)}b`)).toBe("a\u0301\u0301b");
    expect(cleaned(`a${" ".repeat(9000)}b`, 10)).toMatch(/…$/);
  });

  it("of 100 MB is not read to its end", () => {
    expect(plain("# heading\n".repeat(10_000_000)).length).toBeLessThan(203);
  });

  it("in a sentence stands between quotation marks", () => {
    expect(quoted("a\n@b")).toBe("'a ＠b'");
    expect(quoted("x".repeat(100))).toHaveLength(62);
  });
});
