// Rules: the audit page in a real browser, from file://, as people will open it years later.
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, SiteBrowser } from "../testing/browser.ts";
import {
  CLIPPED,
  type Contrast,
  CONTRASTS,
  FOCUSED,
  INTRUDERS,
  OVERFLOW,
  REACHABLE,
  TRESPASS,
} from "../testing/inspect.ts";
import { auditPage } from "./page.ts";
import { hostileLedger } from "./testing/hostile.ts";
import { ledgerOf, ledgerText } from "./testing/ledger.ts";

let browser: SiteBrowser;

const PAGES = ["audit", "broken", "hostile"] as const;

function withPage(
  name: (typeof PAGES)[number],
  options: BrowserContextOptions,
  act: (opened: Opened) => Promise<void>,
): Promise<void> {
  return browser.open(join("audit", `${name}.html`), options, act);
}

beforeAll(async () => {
  const text = ledgerText();
  const ledger = ledgerOf(text);
  const pages = new Map([
    ["audit.html", auditPage(ledger)],
    ["broken.html", auditPage(ledgerOf(text.replace('"pull":13', '"pull":31')))],
    ["hostile.html", auditPage(hostileLedger(ledger).ledger)],
  ]);
  browser = await SiteBrowser.start({ audit: pages });
}, 180_000);

// Where the browser did not start, that error is the one to read.
afterAll(() => (browser as SiteBrowser | undefined)?.stop());

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it.each([1280, 900, 390])("it fits a window of %i pixels, quietly", async (width) => {
    for (const name of PAGES) {
      await withPage(
        name,
        { colorScheme, viewport: { width, height: 900 } },
        async ({ page, complaints, requests }) => {
          expect(await page.evaluate<number>(OVERFLOW), name).toBe(0);
          expect(await page.evaluate<string[]>(CLIPPED), name).toEqual([]);
          expect([complaints, requests], name).toEqual([[], [page.url()]]);
        },
      );
    }
  });
  it("every text has a contrast of at least 4.5", async () => {
    for (const name of PAGES) {
      await withPage(name, { colorScheme, viewport: { width: 1280, height: 900 } }, async ({ page }) => {
        const texts = await page.evaluate<Contrast[]>(CONTRASTS);
        expect(texts.length).toBeGreaterThan(200);
        expect(
          texts.filter(({ ratio }) => ratio < 4.5),
          name,
        ).toEqual([]);
      });
    }
  });
});

it("is whole without JavaScript: every vote, every line of the chain", async () => {
  await withPage("audit", { javaScriptEnabled: false }, async ({ page }) => {
    expect(await page.locator("h2[id^=vote-]:visible").count()).toBe(7);
    expect(await page.locator("span[id^=entry-]:visible").count()).toBe(37);
  });
});

it("leads from a line of the chain to its vote, and from there to the line", async () => {
  await withPage("audit", { viewport: { width: 1280, height: 900 } }, async ({ page }) => {
    await page
      .locator("tr", { has: page.locator("#entry-8") })
      .locator("a")
      .click();
    const vote = page.locator("h2:target");
    expect(await vote.innerText()).toMatch(/^Vote 2\b/);
    expect(await vote.isVisible()).toBe(true);
    await page.locator("section", { has: vote }).getByRole("link", { name: "entry 14" }).click();
    expect(await page.locator("span:target").innerText()).toBe("14");
  });
});

it("prints within landscape paper, and never in dark colours", async () => {
  // A4 landscape less 12 mm on each side, at 96 pixels an inch.
  await withPage("audit", { colorScheme: "dark", viewport: { width: 1031, height: 700 } }, async ({ page }) => {
    await page.emulateMedia({ media: "print" });
    expect(await page.evaluate<number>(OVERFLOW)).toBe(0);
    expect(await page.evaluate<string>("getComputedStyle(document.body).color")).toBe("rgb(26, 29, 33)");
    const sticking = `[...document.querySelectorAll(".wide")].filter((one) => one.scrollWidth > one.clientWidth + 1).length`;
    expect(await page.evaluate<number>(sticking)).toBe(0);
  });
});

it.each([1280, 390])("the keyboard reaches every link at %i pixels, and shows where it is", async (width) => {
  await withPage("broken", { viewport: { width, height: 900 } }, async ({ page }) => {
    const stops = await page.evaluate<string[]>(REACHABLE);
    expect(stops.length).toBeGreaterThan(30);
    const reached = new Set<string>();
    for (let i = 0; i < stops.length; i += 1) {
      await page.keyboard.press("Tab");
      const { stop, seen } = await page.evaluate<{ stop: string | null; seen: boolean }>(FOCUSED);
      expect(seen, `stop ${stop}`).toBe(true);
      if (stop !== null) reached.add(stop);
    }
    expect(stops.filter((stop) => !reached.has(stop))).toEqual([]);
  });
});

describe("hostile texts", () => {
  it("run nothing and lead nowhere", async () => {
    await withPage("hostile", {}, async ({ page }) => {
      const calm = { pwned: "undefined", scripts: 0, foreign: 0, handlers: 0, addresses: 0 };
      expect(await page.evaluate<object>(INTRUDERS)).toEqual(calm);
    });
  });
  it("would be stopped by the policy even if one got through", async () => {
    await withPage("hostile", {}, async ({ page }) => {
      const { violated, pwned } = await page.evaluate<{ violated: string[]; pwned: string }>(TRESPASS);
      expect(violated).toEqual(["connect-src", "img-src", "script-src-elem", "style-src-elem"]);
      expect(pwned).toBe("undefined");
    });
  });
});
