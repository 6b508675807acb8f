// The decoder of manifests: everything wrong with a text is a problem at the right line and column, whatever the text.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Problem } from "./domain/problem.ts";
import { submissionSchema } from "./domain/submission.ts";
import { decode, nearest, oneOf } from "./manifest.ts";
import { SUBMISSION_YAML } from "./testing/miniature.ts";
import { expectProblem, rows } from "./testing/rows.ts";

const FILE = "a/submission.yaml";

function problemsOf(text: string, schema: z.ZodType = submissionSchema): readonly Problem[] {
  const decoded = decode(text, FILE, schema);
  return decoded.ok ? [] : decoded.problems;
}

const TABLE = rows(`
  YAML that does not end its list: window_sum => [window_sum
    YAML_INVALID 5:1 must be sufficiently indented and end with a ] · correct the YAML at this place
  a key given twice: entry: => op: two~entry:
    YAML_INVALID 8:1 Map keys must be unique · correct the YAML at this place
  a tab for indentation: supports: {} => supports:~	axes: {}
    YAML_INVALID 10:1 Tabs are not allowed as indentation · correct the YAML at this place
  a second document: numerics: => ---~numerics:
    YAML_INVALID 10:1 multiple documents · correct the YAML at this place
  an unresolved alias: window_sum => *name
    YAML_INVALID 1:1 Unresolved alias · write the values out
  an unknown key near a known one: license: => licence:
    KEY_UNKNOWN 5:1 'licence' is not a key here · did you mean 'license'?
  an unknown key deep inside: supports: {} => supports:~  axes:~    N: {minn: 1}
    KEY_UNKNOWN 11:9 'minn' is not a key here · did you mean 'min'?
  an unknown key in a list: supports: {} => claims:~  - {metrik: speedup, value: 1, baseline: a, chip: b, case: c}
    KEY_UNKNOWN 10:6 'metrik' is not a key here · did you mean 'metric'?
  an unknown key near nothing: entry: => colour: red~entry:
    KEY_UNKNOWN 8:1 'colour' is not a key here · remove it; known keys here: edition, submission
  a number for a key: entry: => 7: red~entry:
    KEY_UNKNOWN 8:1 '7' is not a key here · remove it
  a missing key: entry: sums => #
    KEY_MISSING 1:1 'entry' is missing · add 'entry'
  a missing key deep inside: {backend: toy, => {
    KEY_MISSING 6:9 'device.backend' is missing · add 'backend'
  a number for a text: entry: sums => entry: 3
    VALUE_INVALID 8:8 'entry': Invalid input: expected string, received number · correct the value of 'entry'
  a text for a list: supports: {} => supports: {attributes: {stride: two}}
    VALUE_INVALID 9:33 expected array, received string · correct the value of 'supports.attributes.stride'
  a text for a map: device: {backend: toy, chips: [T1]} => device: toy
    VALUE_INVALID 6:9 'device': Invalid input: expected object, received string · correct the value of 'device'
  no value at all: entry: sums => entry:
    VALUE_INVALID 8:7 expected string, received null · correct the value of 'entry'
  an empty list: [T1] => []
    VALUE_INVALID 6:31 'device.chips': Too small · correct the value of 'device.chips'
  another edition: edition: 1 => edition: 2
    VALUE_INVALID 1:10 'edition': Invalid input: expected 1 · correct the value of 'edition'
  a version that YAML reads as a number: 1.0.0 => 1.0
    VALUE_INVALID 3:10 expected string, received number · correct the value of 'version'
  a version of two parts: 1.0.0 => '1.0'
    VALUE_INVALID 3:10 'version': MAJOR.MINOR.PATCH · correct the value of 'version'
  memory without a unit: supports: {} => resources: {memory: '5'}
    VALUE_INVALID 9:21 a number with MiB or GiB · correct the value of 'resources.memory'
  a timeout without a unit: supports: {} => resources: {timeout: '5'}
    VALUE_INVALID 9:22 a number of seconds, for example 60s · correct the value of 'resources.timeout'
  a name with a slash: submission: sums => submission: ../sums
    VALUE_INVALID 2:13 lower-case letters, digits, '_' and '-' · correct the value of 'submission'
`);

describe("a text that is no manifest", () => {
  it.each(TABLE)("%s", (_rule, { from, to, expected }) => {
    expect(SUBMISSION_YAML).toContain(from);
    expectProblem(problemsOf(SUBMISSION_YAML.replace(from, to)), expected, FILE);
  });

  it("empty or of another form is one problem at its beginning", () => {
    for (const text of ["", "# only a comment\n", "- a\n", "text\n"]) {
      expect(problemsOf(text)).toMatchObject([{ code: "VALUE_INVALID", place: { line: 1 } }]);
    }
  });

  it("every problem is told at once, each with the line it stands in", () => {
    const text = SUBMISSION_YAML.replace("1.0.0", "one")
      .replace("license", "licence")
      .replace("edition: 1", "edition: 2");
    expect(problemsOf(text).map(({ code, place, excerpt }) => [code, place.line, excerpt])).toEqual([
      ["VALUE_INVALID", 1, "edition: 2"],
      ["VALUE_INVALID", 3, "version: one"],
      ["KEY_UNKNOWN", 5, "licence: Apache-2.0"],
    ]);
  });

  it("a word that is near one of the allowed is suggested", () => {
    const backend = z.strictObject({ dialect: z.enum(["c-abi", "cuda"]) });
    expect(problemsOf("dialect: c_abi\n", backend)).toMatchObject([
      { code: "VALUE_INVALID", place: { line: 1, column: 10 }, fix: "did you mean 'c-abi'?" },
    ]);
  });

  it("lines that end in CR LF have the same places and excerpts", () => {
    const text = SUBMISSION_YAML.replace("1.0.0", "one").replaceAll("\n", "\r\n");
    expect(problemsOf(text)).toMatchObject([{ place: { line: 3, column: 10 }, excerpt: "version: one" }]);
  });

  it("neither branch of a choice: both are said", () => {
    const origin = z.strictObject({ origin: z.union([z.literal("own"), z.strictObject({ url: z.string() })]) });
    const [problem] = problemsOf("origin: {}\n", origin);
    expect(problem?.message).toMatch(/^'origin': .*expected "own", or url: .*expected string/);
  });

  it("aliases that would grow without bound are refused", () => {
    const names = "abcdefghij".split("");
    const lines = names.map((name, index) => {
      const before = names[index - 1];
      return `${name}: &${name} [${Array.from({ length: 10 }, () => (before === undefined ? "x" : `*${before}`)).join(", ")}]`;
    });
    expect(problemsOf(lines.join("\n"), z.unknown())).toMatchObject([
      { code: "YAML_INVALID", fix: "write the values out" },
    ]);
  });

  it("whatever it says, decoding gives a value or problems inside the text", () => {
    const fragment = fc.constantFrom(
      "edition: 1",
      "op",
      ":",
      " ",
      "\n",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "&a",
      "*a",
      '"',
      "|",
      "\t",
      "\r\n",
      "é",
      "!!x",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fragment).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (any) => {
        const lines = any.split("\n").length;
        for (const { place } of problemsOf(any)) {
          expect(place.line).toBeGreaterThanOrEqual(1);
          expect(place.line).toBeLessThanOrEqual(lines);
          expect(place.column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a decoded manifest", () => {
  const text = `a:\n  - {b: one, c: [x, yy]}\n  - {b: two}\n"q r": &q 5\ns: *q\n`;
  const decoded = decode(text, FILE, z.looseObject({}));
  const at = (...path: (string | number)[]): string => {
    if (!decoded.ok) throw new Error("it decodes");
    const { line, column } = decoded.value.at(path);
    return `${line}:${column}`;
  };

  it("knows where each value stands", () => {
    expect([at("a"), at("a", 0), at("a", 0, "b"), at("a", 0, "c", 1), at("a", 1, "b")]).toEqual([
      "2:3",
      "2:5",
      "2:9",
      "2:21",
      "3:9",
    ]);
    expect([at("q r"), at("s")]).toEqual(["4:11", "5:4"]);
  });

  it("gives the nearest parent's place for what is not in the text", () => {
    expect([at("z"), at("a", 7), at("a", 1, "c")]).toEqual(["1:1", "2:3", "3:5"]);
  });
});

describe("suggestions", () => {
  it("are near: a slip is found, another word is not", () => {
    expect(nearest("flash_atention", ["qlinear_conv2d", "flash_attention"])).toBe("flash_attention");
    expect(nearest("gemm", ["qlinear_conv2d", "flash_attention"])).toBeUndefined();
    expect(nearest("anything", [])).toBeUndefined();
  });

  it("a known word suggests itself, and one edit of a longer word finds it back", () => {
    const word = fc.stringMatching(/^[a-z]{5,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.array(fc.stringMatching(/^[A-Z]{9,15}$/)), (known, position, others) => {
        const cut = position % known.length;
        expect(nearest(known, [...others, known])).toBe(known);
        expect(nearest(known.slice(0, cut) + known.slice(cut + 1), [...others, known])).toBe(known);
      }),
    );
  });

  it("are listed as people would", () => {
    expect([oneOf([]), oneOf(["a"]), oneOf(["a", "b"]), oneOf(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "a or b",
      "a, b or c",
    ]);
  });
});
