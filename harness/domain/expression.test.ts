// Expressions of manifests against JavaScript's own evaluation, and what is said of texts that are none.
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, ExpressionError, namesIn, type Scope } from "./expression.ts";

const SCOPE: Scope = { N: 7, W: 3, zero: 0, on: true, off: false, pads: [1, 2, 5], scale: 0.5 };

/** A fully bracketed expression with its value, undefined where it divides by zero. */
interface Sample {
  readonly text: string;
  readonly value: number | undefined;
}

const floorDivide = (a: number, b: number): number | undefined => (b === 0 ? undefined : Math.floor(a / b));
const OPERATORS: Readonly<Record<string, (a: number, b: number) => number | undefined>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": floorDivide,
  "%": (a, b) => (b === 0 ? undefined : a - b * Math.floor(a / b)),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
};

function joined(operator: string, a: Sample, b: Sample): Sample {
  const text = `(${a.text} ${operator} ${b.text})`;
  if (a.value === undefined) return { text, value: undefined };
  // What a condition guards is not evaluated.
  if (operator === "&&")
    return { text, value: a.value === 0 ? 0 : b.value === undefined ? undefined : Number(b.value !== 0) };
  if (operator === "||")
    return { text, value: a.value !== 0 ? 1 : b.value === undefined ? undefined : Number(b.value !== 0) };
  return { text, value: b.value === undefined ? undefined : OPERATORS[operator]?.(a.value, b.value) };
}

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.nat({ max: 99 }).map((value) => ({ text: String(value), value })),
  fc.constantFrom<Sample>(
    { text: "N", value: 7 },
    { text: "zero", value: 0 },
    { text: "on", value: 1 },
    { text: "pads[2]", value: 5 },
    { text: "pads[W - 2]", value: 2 },
    { text: "2.5e1", value: 25 },
  ),
);
const { sample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.constantFrom(...Object.keys(OPERATORS), "&&", "||"), tie("sample"), tie("sample"))
      .map(([operator, a, b]) => joined(operator, a, b)),
    tie("sample").map(({ text, value }) => ({ text: `-${text}`, value: value === undefined ? undefined : -value })),
    fc.tuple(fc.constantFrom("min", "max"), tie("sample"), tie("sample")).map(([name, a, b]): Sample => {
      const value =
        a.value === undefined || b.value === undefined
          ? undefined
          : name === "min"
            ? Math.min(a.value, b.value)
            : Math.max(a.value, b.value);
      return { text: `${name}(${a.text}, ${b.text})`, value };
    }),
  ),
}));

describe("an expression", () => {
  it("has the value that JavaScript gives its tree, or an error where it divides by zero", () => {
    fc.assert(
      fc.property(sample, ({ text, value }) => {
        if (value === undefined) expect(() => evaluate(text, SCOPE)).toThrow("division by zero");
        else expect(evaluate(text, SCOPE)).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  it("binds as JavaScript does without brackets: times before plus before comparison before and before or, left first", () => {
    const term = fc.array(fc.constantFrom("2", "3", "N", "W"), { minLength: 1, maxLength: 3 });
    const chain = (part: fc.Arbitrary<string>, ...operators: readonly string[]): fc.Arbitrary<string> =>
      fc.array(fc.tuple(part, fc.constantFrom(...operators)), { minLength: 1, maxLength: 3 }).map((parts) => {
        const text = parts.map(([one, operator]) => `${one} ${operator} `).join("");
        return text.replace(/ \S+ $/, "");
      });
    const product = fc
      .tuple(term, fc.constantFrom("*", "%"))
      .map(([factors, operator]) => factors.join(` ${operator} `));
    const sum = chain(product, "+", "-");
    const comparison = fc
      .tuple(sum, fc.constantFrom("==", "!=", "<", "<=", ">", ">="), sum)
      .map((parts) => parts.join(" "));
    fc.assert(
      fc.property(chain(comparison, "&&", "||"), (text) => {
        expect(evaluate(text, SCOPE)).toBe(Number(runInNewContext(text, { ...SCOPE })));
      }),
    );
    fc.assert(
      fc.property(sum, (text) => {
        expect(evaluate(text, SCOPE)).toBe(runInNewContext(text, { ...SCOPE }));
      }),
    );
  });

  it("divides and takes remainders towards minus infinity", () => {
    expect(["-7 // 2", "7 // -2", "-7 % 2", "7 % -2", "(0 - 7) % 7"].map((text) => evaluate(text, {}))).toEqual([
      -4, -4, 1, -1, 0,
    ]);
  });

  it("behind a condition that does not hold is not evaluated", () => {
    expect(evaluate("zero > 0 && N % zero == 0", SCOPE)).toBe(0);
    expect(evaluate("zero == 0 || N % zero == 0", SCOPE)).toBe(1);
    expect(() => evaluate("zero == 0 && N % zero == 0", SCOPE)).toThrow(ExpressionError);
  });

  it("may be a number already, and knows rsqrt", () => {
    expect([evaluate(5, {}), evaluate("rsqrt(16)", {}), evaluate("  N  ", SCOPE)]).toEqual([5, 0.25, 7]);
  });

  it("reads names once each, through indices and calls", () => {
    expect(namesIn("max(N, pads[W] + N) - off")).toEqual(["N", "pads", "W", "off"]);
    expect(namesIn(3)).toEqual([]);
  });
});

/** Text, message and column of what is wrong. */
const WRONG: readonly (readonly [text: string, message: string, column: number])[] = [
  ["", "a value expected, the end found", 0],
  ["N +", "a value expected, the end found", 3],
  ["N 3", "unexpected '3'", 2],
  ["N = 3", "cannot read '= 3'", 1],
  ["(N", "')' expected, 'the end' found", 2],
  ["pads[0", "']' expected, 'the end' found", 6],
  ["min(1", "')' expected, 'the end' found", 5],
  ["+ 1", "unexpected '+'", 0],
  ["Q", "unknown name 'Q'", 0],
  ["1 + Q", "unknown name 'Q'", 4],
  ["constructor", "unknown name 'constructor'", 0],
  ["toString(1)", "unknown function 'toString'", 0],
  ["pads", "'pads' is a tuple: it needs an index", 0],
  ["N[0]", "'N' is no tuple", 0],
  ["pads[3]", "index out of range of 'pads'", 0],
  ["pads[0 - 1]", "index out of range of 'pads'", 0],
  ["pads[1 / 2]", "index out of range of 'pads'", 0],
  ["1 // zero", "division by zero", 2],
  ["1 % 0", "division by zero", 2],
  ["N; 1", "cannot read '; 1'", 1],
  ["`x`", "cannot read '`x`'", 0],
];

describe("what is no expression", () => {
  it.each(WRONG)("'%s': %s at %i", (text, message, column) => {
    expect.assertions(2);
    try {
      evaluate(text, SCOPE);
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError);
      expect(error).toMatchObject({ message, column });
    }
  });

  it("is told as an ExpressionError, whatever the text", () => {
    const token = fc.constantFrom(
      "N",
      "pads",
      "[",
      "]",
      "(",
      ")",
      ",",
      "min",
      "1",
      "//",
      "%",
      "-",
      "&&",
      "<",
      "==",
      " ",
      "é",
      ".",
      "=",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(token).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            expect(typeof evaluate(text, SCOPE)).toBe("number");
          } catch (error) {
            expect(error).toBeInstanceOf(ExpressionError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
