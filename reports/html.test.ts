// Rules: text is escaped wherever it is put, and only this module makes markup.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { documentText, html, joined, verbatim } from "./html.ts";
import { HOSTILE } from "./testing/hostile.ts";

describe("html", () => {
  it("escapes text in content and in attributes", () => {
    const part = html`<a title="${`"'<&>`}">${"<b>&amp;</b>"}</a>`;
    expect(documentText(part)).toBe('<a title="&quot;&#39;&lt;&amp;&gt;">&lt;b&gt;&amp;amp;&lt;/b&gt;</a>');
  });
  it("keeps markup that it made, and joins lists", () => {
    const items = ["a", "<b>"].map((item) => html`<li>${item}</li>`);
    expect(documentText(html`<ul>${items}</ul>`)).toBe("<ul><li>a</li><li>&lt;b&gt;</li></ul>");
    expect(documentText(joined(["<", html`<i>x</i>`], html`<br>`))).toBe("&lt;<br><i>x</i>");
  });
  it("writes numbers and leaves null out", () => {
    expect(documentText(html`${0}${null}${-1.5}`)).toBe("0-1.5");
  });
  it("does not take an object for markup because it looks like it", () => {
    const forged: unknown = { text: "<script>" };
    expect(() => documentText(html`${forged as string}`)).toThrow();
  });
  it("lets no text open or close an element or an attribute", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constant(HOSTILE)), (text) => {
        const inner = documentText(html`${text}`);
        expect(inner).not.toMatch(/[<>"']/);
        expect(inner.replaceAll(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
      }),
    );
  });
});

describe("verbatim", () => {
  it("refuses a constant that would close its own element", () => {
    expect(() => verbatim("a { content: '</style>' }")).toThrow(RangeError);
  });
});
