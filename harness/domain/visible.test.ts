// Rules: no character of a record acts on its reader.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginning, ending, jsonText, oneLine, visible } from "./visible.ts";

describe("visible", () => {
  it("shows controls by their code and leaves tab and line feed", () => {
    expect(visible("a\u0000b\u001b[31m\tc\nd\u007f")).toBe("a[U+0000]b[U+001B][31m\tc\nd[U+007F]");
  });
  it("shows bidi overrides and isolates, zero-width marks, byte order marks and separators by their code", () => {
    expect(visible("\u202e\u2066\u200b\ufeff\u2028")).toBe("[U+202E][U+2066][U+200B][U+FEFF][U+2028]");
  });
  it("shows tag characters, lone surrogates and noncharacters, which no encoder can write", () => {
    expect(visible("\u{e0041}\ud800\uffff")).toBe("[U+E0041][U+D800][U+FFFF]");
  });
  it("shows fillers, which are letters that nobody sees", () => {
    expect(visible("a\u3164\u115f\u00adb")).toBe("a[U+3164][U+115F][U+00AD]b");
  });
  it("leaves letters of every script, marks and emoji as they are", () => {
    expect(visible("寒武纪 עברית عربي é 👍 ❤\ufe0f –")).toBe("寒武纪 עברית عربي é 👍 ❤\ufe0f –");
  });
  it("makes line ends of Windows plain and shows a lone carriage return", () => {
    expect(visible("a\r\nb\rc")).toBe("a\nb[U+000D]c");
  });
  it("leaves nothing acting of any text, and is stable", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const shown = visible(text);
        expect(shown).not.toMatch(/(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });
});

describe("oneLine", () => {
  it("joins lines and trims", () => {
    expect(oneLine("  a\n\t b\r\nc ")).toBe("a b c");
  });
});

describe("jsonText", () => {
  it("is the same value, and shows nothing that acts", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = jsonText(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text).toBe(visible(text));
      }),
    );
    expect(jsonText(["\u202e\u{e0041}"])).toBe('[\n "\\u202e\\udb40\\udc41"\n]');
  });
});

describe("a text that is too long", () => {
  it("is cut between characters, and how much is missing is said", () => {
    expect(beginning("ab👍cd", 3)).toBe("ab\n[4 characters more were cut]\n");
    expect(ending("ab👍cd", 3)).toBe("[at least 4 characters before this were cut]\ncd");
    expect([beginning("abc", 3), ending("abc", 3)]).toEqual(["abc", "abc"]);
  });
  it("keeps no half of a character, wherever it is cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, most) => {
        expect(beginning(text, most)).not.toMatch(/\p{Cs}/u);
        expect(ending(text, most)).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});
