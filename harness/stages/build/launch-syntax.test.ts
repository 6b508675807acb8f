// Launches become calls of a macro: only launches, and no line moves.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rewriteLaunches } from "./launch-syntax.ts";

/** Source, and what becomes of it. */
const REWRITTEN: readonly (readonly [rule: string, source: string, expected: string])[] = [
  ["a launch", "f<<<1, 2>>>(a, b);", "OPENXPU_LAUNCH(f, (1, 2), (a, b));"],
  ["a launch without arguments", "f<<<g, b>>>();", "OPENXPU_LAUNCH(f, (g, b), ());"],
  ["spaces around its brackets", "f <<< 1, 2 >>> ( a );", "OPENXPU_LAUNCH(f, ( 1, 2 ), ( a ));"],
  ["a name in a namespace", "ns::deep::f<<<1>>>(a);", "OPENXPU_LAUNCH(ns::deep::f, (1), (a));"],
  [
    "nested parentheses",
    "f<<<dim3(1, (2)), g(3)>>>(h(a, (b)), (c));",
    "OPENXPU_LAUNCH(f, (dim3(1, (2)), g(3)), (h(a, (b)), (c)));",
  ],
  ["one template argument", "f<float><<<1>>>(a);", "OPENXPU_LAUNCH(f<float>, (1), (a));"],
  ["template arguments with commas", "f<float, 4><<<1>>>(a);", "OPENXPU_LAUNCH((f<float, 4>), (1), (a));"],
  [
    "template arguments of template arguments",
    "f<V<int, 4>, 2><<<1>>>(a);",
    "OPENXPU_LAUNCH((f<V<int, 4>, 2>), (1), (a));",
  ],
  ["two launches on a line", "f<<<1>>>(a); g<<<2>>>(b);", "OPENXPU_LAUNCH(f, (1), (a)); OPENXPU_LAUNCH(g, (2), (b));"],
  ["a comparison before a launch", "if (a < b) f<<<1>>>(a);", "if (a < b) OPENXPU_LAUNCH(f, (1), (a));"],
  ["a parenthesis in a string among the arguments", 'f<<<1>>>(")", a);', 'OPENXPU_LAUNCH(f, (1), (")", a));'],
  [
    "a quote among the digits of a number",
    "int n = 1'024; f<<<1'000'000, 2>>>(a, ')');",
    "int n = 1'024; OPENXPU_LAUNCH(f, (1'000'000, 2), (a, ')'));",
  ],
  ["a comment inside its configuration", "f<<<1 /* >>> */, 2>>>(a);", "OPENXPU_LAUNCH(f, (1 /* >>> */, 2), (a));"],
  ["a launch broken over lines", "f\n<<<1,\n2>>>\n(a,\nb);\nx", "OPENXPU_LAUNCH(f,\n (1,\n2),\n (a,\nb));\nx"],
  ["a comment between name and brackets", "f // why\n<<<1>>>(a);", "OPENXPU_LAUNCH(f,\n (1), (a));"],
];

/** What looks like a launch and is none. */
const UNTOUCHED: readonly (readonly [rule: string, source: string])[] = [
  ["a line comment", "// f<<<1, 2>>>(a);\nint x;"],
  ["a block comment", "/* f<<<1>>>(a);\n f<<<2>>>(b) */ int x;"],
  ["a string", 'const char *s = "f<<<1>>>(a)";'],
  ["a string with an escaped quote", 'const char *s = "\\"f<<<1>>>(a)";'],
  ["a raw string", 'const char *s = R"x(f<<<1>>>(a); ")" )x";'],
  ["shifts", "int x = a << 2 >> 1; y <<= 3; z = a<b>>c;"],
  ["a launch that never closes", "f<<<1>>>(a;"],
  ["brackets without a call", "f<<<1>>> a;"],
];

describe("rewriting launches", () => {
  it.each(REWRITTEN)("takes %s", (_rule, source, expected) => {
    expect(rewriteLaunches(source)).toBe(expected);
  });

  it.each(UNTOUCHED)("leaves %s alone", (_rule, source) => {
    expect(rewriteLaunches(source)).toBe(source);
  });

  const piece = fc.constantFrom(
    "f",
    "<<<",
    ">>>",
    "(",
    ")",
    "1",
    ", ",
    " ",
    "\n",
    "//",
    "/*",
    "*/",
    '"',
    "'",
    'R"x(',
    ')x"',
    "<int>",
    ";",
    "a b",
    "\\",
  );
  const source = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));

  it("keeps the number of lines, whatever the source", () => {
    fc.assert(
      fc.property(source, (text) => {
        expect(rewriteLaunches(text).split("\n")).toHaveLength(text.split("\n").length);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps what follows a launch on its line, wherever the launch is broken", () => {
    const gap = fc.constantFrom("", " ", "\n", "\n\n  ", "/* a\nb */", "// c\n");
    fc.assert(
      fc.property(fc.array(gap, { minLength: 6, maxLength: 6 }), ([a = "", b = "", c = "", d = "", e = "", f = ""]) => {
        const text = `int x;${a}f${b}<<<${c}1, 2${d}>>>${e}(y${f});\nMARK`;
        const result = rewriteLaunches(text);
        expect(result).toContain("OPENXPU_LAUNCH(f");
        expect(result.split("\n").indexOf("MARK")).toBe(text.split("\n").indexOf("MARK"));
      }),
    );
  });

  it.each([
    "a",
    "a::",
    "f<",
    "f<<<",
    "f<<<1>>>(",
    "f<<<1>>> ",
    "f<a>",
    ">>>",
    "(",
    "'",
    '"\\',
    "1'",
    "/*",
    'R"x(',
    "/",
  ])("comes to an end on a megabyte of %s", (piece) => {
    const text = piece.repeat(2 ** 20 / piece.length);
    expect(rewriteLaunches(text).length).toBeGreaterThanOrEqual(text.length);
  });

  it("of a source without launches changes nothing", () => {
    fc.assert(
      fc.property(source, (text) => {
        const plain = text.replaceAll("<<<", "<<");
        expect(rewriteLaunches(plain)).toBe(plain);
      }),
    );
  });
});
