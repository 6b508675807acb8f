// What the page tests ask of a page, as expressions that the browser evaluates: the tests' own types know no document.

/** A computed colour as [r, g, b, a], blending, relative luminance and contrast (WCAG 2.2, section 1.4.3). */
const COLOUR = `
const parse = (text) => {
  const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  return [r, g, b, a];
};
const over = (top, below) => top.slice(0, 3).map((value, i) => value * top[3] + below[i] * (1 - top[3])).concat(1);
const luminance = (colour) => {
  const [r, g, b] = colour.slice(0, 3).map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const ground = (element) => {
  const layers = [];
  for (let one = element; one; one = one.parentElement) layers.unshift(parse(getComputedStyle(one).backgroundColor));
  return layers.reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
};`;

export interface Contrast {
  readonly ratio: number;
  readonly text: string;
}

/** Every visible text with its contrast against what lies under it, weakest first. */
export const CONTRASTS = `(() => {
${COLOUR}
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, title, option")) continue;
    if (element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const colour = over(parse(element.closest("svg") ? style.fill : style.color), below);
    texts.push({ ratio: contrast(colour, below), text: node.data.trim().slice(0, 40) });
  }
  return texts.sort((a, b) => a.ratio - b.ratio);
})()`;

/** Contrast of the parts of charts that carry meaning without words; 3:1 is asked of them (WCAG 2.2, section 1.4.11). */
export const CHART_CONTRASTS = `(() => {
${COLOUR}
  return [...document.querySelectorAll(".fill:not(.soft), .dot, .estimate, .whisker, .limit")].map((mark) => {
    const style = getComputedStyle(mark);
    const below = ground(mark);
    const ink = mark.tagName === "line" ? style.stroke : style.fill;
    return { ratio: contrast(over(parse(ink), below), below), text: mark.getAttribute("class") };
  }).sort((a, b) => a.ratio - b.ratio);
})()`;

/** How far the page reaches beyond the window, in pixels; 0 where it fits. */
export const OVERFLOW = "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)";

/** Elements that stick out of their window and of every container that scrolls: the culprits of an overflow. */
export const CLIPPED = `[...document.querySelectorAll("main td, main th, main p, main dd, main h1")]
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === "visible"
    && element.clientWidth > 0 && !element.closest(".wide"))
  .map((element) => element.tagName + " " + element.textContent.trim().slice(0, 40))`;

/** Everything that a keyboard must reach, as a name for each. */
export const REACHABLE = `[...document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")]
  .filter((element) => element.getClientRects().length > 0 && !element.closest("details:not([open]) > :not(summary)"))
  .map((element, i) => (element.dataset.stop = String(i)))`;

/** The stop that has the focus, with whether it can be seen: an outline around something of a size. */
export const FOCUSED = `(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1 && width > 4 && height > 4;
  return { stop: element.dataset.stop ?? null, seen };
})()`;

/** What a hostile record would have left behind had it acted. */
export const INTRUDERS = `({
  pwned: typeof window.pwned,
  scripts: document.scripts.length,
  foreign: document.querySelectorAll("img, iframe, object, embed, video, audio, link, base").length,
  handlers: [...document.querySelectorAll("*")]
    .filter((element) => [...element.attributes].some((attribute) => attribute.name.startsWith("on"))).length,
  addresses: [...document.querySelectorAll("a")].filter((a) => !["file:"].includes(new URL(a.href).protocol)).length,
})`;

/** Tries what the policy must stop: an inline script, an image, a style, a request. Gives the violated directives. */
export const TRESPASS = `new Promise((resolve) => {
  const violated = new Set();
  document.addEventListener("securitypolicyviolation", (event) => violated.add(event.effectiveDirective));
  const script = document.createElement("script");
  script.textContent = "window.pwned = 1";
  const image = document.createElement("img");
  image.src = "file:///nothing.png";
  const style = document.createElement("style");
  style.textContent = "body { color: red }";
  document.body.append(script, image, style);
  fetch("file:///nothing").catch(() => {});
  setTimeout(() => resolve({ violated: [...violated].sort(), pwned: typeof window.pwned }), 300);
})`;
