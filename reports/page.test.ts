// Rules: the pages in a real browser, from file://, as people will open them.
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixtureRecords, fixtureRejected } from "./fixture.ts";
import { site } from "./site.ts";
import { type Opened, SiteBrowser } from "./testing/browser.ts";
import { hostileRecord } from "./testing/hostile.ts";
import {
  CHART_CONTRASTS,
  CLIPPED,
  type Contrast,
  CONTRASTS,
  FOCUSED,
  INTRUDERS,
  OVERFLOW,
  REACHABLE,
  TRESPASS,
} from "./testing/inspect.ts";

const CONV = "everest.host_conv2d_nhwc_int8.cpu.e64";
const PAGES = {
  index: "index.html",
  failing: "case-borealis.borealis_flash_attention_fp16.emulated-npu.b100.emulated.gqa_tail_113x203.html",
  measured: `case-${CONV}.resnet50_stage2.html`,
  uncompiled: "case-delta.delta_conv2d.emulated-npu.d8.emulated.odd_sizes.html",
  submission: `submission-${CONV}.html`,
  rejected: "rejected-echo.echo_flash_attention.html",
} as const;

let browser: SiteBrowser;

function withPage(file: string, options: BrowserContextOptions, act: (opened: Opened) => Promise<void>): Promise<void> {
  return browser.open(join("site", file), options, act);
}

beforeAll(async () => {
  const records = fixtureRecords();
  browser = await SiteBrowser.start({
    site: site(records, [fixtureRejected()]),
    hostile: site(records.map((record) => hostileRecord(record).record)),
  });
}, 180_000);

// Where the browser did not start, that error is the one to read.
afterAll(() => (browser as SiteBrowser | undefined)?.stop());

it("the browser runs on its package's own NSS and Expat, so none need be installed", async () => {
  const maps = await readFile(`/proc/${browser.server.process().pid}/maps`, "utf8");
  const loaded = [
    ...new Set([...maps.matchAll(/\S*\/(?:libnss3|libnssutil3|libnspr4|libexpat)\.so\S*/g)].map(([path]) => path)),
  ];
  expect(loaded.length).toBeGreaterThanOrEqual(4);
  expect(loaded.filter((path) => !path.startsWith(browser.chromium.folder))).toEqual([]);
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it.each([1280, 900, 360])("every kind of page fits a window of %i pixels, quietly", async (width) => {
    const shots = join(browser.folder, "shots");
    await mkdir(shots, { recursive: true });
    for (const [name, file] of Object.entries(PAGES)) {
      await withPage(
        file,
        { colorScheme, viewport: { width, height: 900 } },
        async ({ page, complaints, requests }) => {
          expect(await page.evaluate<number>(OVERFLOW), name).toBe(0);
          expect(await page.evaluate<string[]>(CLIPPED), name).toEqual([]);
          const shot = join(shots, `${name}-${colorScheme}-${width}.png`);
          // In between, fitting is enough.
          if (width !== 900) {
            await page.screenshot({ path: shot, fullPage: true });
            expect((await stat(shot)).size).toBeGreaterThan(10_000);
          }
          expect(complaints, name).toEqual([]);
          expect(requests, name).toEqual([page.url()]);
        },
      );
    }
  });

  it("every text has a contrast of at least 4.5, every mark of a chart of at least 3", async () => {
    for (const [name, file] of Object.entries(PAGES)) {
      await withPage(file, { colorScheme, viewport: { width: 1280, height: 900 } }, async ({ page }) => {
        const texts = await page.evaluate<Contrast[]>(CONTRASTS);
        expect(texts.length).toBeGreaterThan(5);
        expect(
          texts.filter(({ ratio }) => ratio < 4.5),
          name,
        ).toEqual([]);
        const marks = await page.evaluate<Contrast[]>(CHART_CONTRASTS);
        expect(
          marks.filter(({ ratio }) => ratio < 3),
          name,
        ).toEqual([]);
      });
    }
  });
});

describe("the matrix", () => {
  const rows = "table.matrix tbody tr:visible";

  it("is whole without JavaScript, and its filters are hidden then", async () => {
    await withPage(PAGES.index, { javaScriptEnabled: false }, async ({ page }) => {
      expect(await page.locator(rows).count()).toBe(7);
      expect(await page.locator("form.filters").isVisible()).toBe(false);
    });
  });

  it("is filtered by vendor, op, verdict and text, and the address keeps the view", async () => {
    await withPage(PAGES.index, {}, async ({ page, complaints }) => {
      const shown = page.locator("form.filters output");
      await page.selectOption("select[name=vendor]", "everest");
      expect(await page.locator(rows).count()).toBe(2);
      await page.selectOption("select[name=op]", "flash_attention");
      expect(await shown.textContent()).toBe("1 of 7 shown");
      expect(page.url()).toMatch(/#vendor=everest&op=flash_attention$/);
      await page.reload();
      expect(await page.locator(rows).count()).toBe(1);
      await page.selectOption("select[name=vendor]", "");
      await page.selectOption("select[name=op]", "");
      await page.selectOption("select[name=status]", "COMPILE_ERROR");
      expect(await page.locator(rows).allInnerTexts()).toEqual([expect.stringContaining("delta_conv2d")]);
      await page.selectOption("select[name=status]", "");
      await page.fill("input[name=text]", "EMULATED  fp32_p_cast");
      expect(await page.locator(rows).count()).toBe(2);
      await page.fill("input[name=text]", "");
      expect(await shown.textContent()).toBe("7 of 7 shown");
      expect(page.url()).not.toContain("#");
      expect(complaints).toEqual([]);
    });
  });

  it("is sorted by a button of each column, both ways, rows without a value last", async () => {
    await withPage(PAGES.index, { viewport: { width: 1400, height: 900 } }, async ({ page }) => {
      const names = (): Promise<string[]> => page.locator("table.matrix tbody a.name").allInnerTexts();
      const head = page.locator("thead th", { hasText: "Speedup" });
      await head.getByRole("button").click();
      expect((await names()).slice(0, 2)).toEqual(["host_flash_attention_2", "host_conv2d_nhwc_int8"]);
      expect(await head.getAttribute("aria-sort")).toBe("ascending");
      await head.getByRole("button").press("Enter");
      expect((await names()).slice(0, 2)).toEqual(["host_conv2d_nhwc_int8", "host_flash_attention_2"]);
      expect(await head.getAttribute("aria-sort")).toBe("descending");
      await page.locator("thead th", { hasText: "Submission" }).getByRole("button").click();
      expect((await names())[0]).toBe("acme_conv2d_nhwc_int8");
      expect(await page.locator("thead th[aria-sort]").count()).toBe(1);
    });
  });

  it("prints on landscape paper, within its width, without its controls, and never in dark colours", async () => {
    // A4 landscape less 12 mm on each side, at 96 pixels an inch.
    await withPage(PAGES.index, { colorScheme: "dark", viewport: { width: 1031, height: 700 } }, async ({ page }) => {
      await page.emulateMedia({ media: "print" });
      expect(await page.evaluate<number>(OVERFLOW)).toBe(0);
      expect(await page.locator("form.filters").isVisible()).toBe(false);
      expect(await page.evaluate<string>("getComputedStyle(document.body).color")).toBe("rgb(26, 29, 33)");
      // Sizes of the sheets in points, as the PDF writes them.
      const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
      const sheets = [...pdf.matchAll(/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
      const sizes = new Set(
        sheets.map(([, width, height]) => `${Math.round(Number(width))} x ${Math.round(Number(height))}`),
      );
      expect([...sizes]).toEqual(["842 x 595"]);
    });
  });
});

it.each([
  ["index", 1400],
  ["index", 360],
  ["measured", 1400],
] as const)(
  "the keyboard reaches everything on the %s page at %i pixels, and shows where it is",
  async (name, width) => {
    await withPage(PAGES[name], { viewport: { width, height: 900 } }, async ({ page }) => {
      const stops = await page.evaluate<string[]>(REACHABLE);
      expect(stops.length).toBeGreaterThan(8);
      const reached = new Set<string>();
      for (let i = 0; i < stops.length; i += 1) {
        await page.keyboard.press("Tab");
        const { stop, seen } = await page.evaluate<{ stop: string | null; seen: boolean }>(FOCUSED);
        expect(seen, `stop ${stop}`).toBe(true);
        if (stop !== null) reached.add(stop);
      }
      expect(stops.filter((stop) => !reached.has(stop))).toEqual([]);
    });
  },
);

it("the command that repeats a case is copied with one press", async () => {
  await withPage(
    PAGES.failing,
    { permissions: ["clipboard-read", "clipboard-write"] },
    async ({ page, complaints }) => {
      const button = page.getByRole("button", { name: "Copy" });
      await button.press("Enter");
      await page.getByRole("button", { name: "Copied" }).waitFor();
      const copied = await page.evaluate<string>("navigator.clipboard.readText()");
      expect(copied).toBe(
        "npx openxpu repro 20261122T101500Z-3fa91c/borealis/borealis_flash_attention_fp16/gqa_tail_113x203",
      );
      expect(complaints).toEqual([]);
    },
  );
});

describe("hostile records", () => {
  it.each([1280, 360])("run nothing, load nothing and fit a window of %i pixels", async (width) => {
    const files = await readdir(join(browser.folder, "hostile"));
    for (const kind of ["index", "submission-", "case-"]) {
      const file = files.find((one) => one.startsWith(kind)) ?? "";
      const viewport = { width, height: 900 };
      await browser.open(join("hostile", file), { viewport }, async ({ page, complaints, requests }) => {
        const calm = {
          pwned: "undefined",
          scripts: kind === "submission-" ? 0 : 1,
          foreign: 0,
          handlers: 0,
          addresses: 0,
        };
        expect(await page.evaluate<object>(INTRUDERS)).toEqual(calm);
        expect(await page.evaluate<number>(OVERFLOW), file).toBe(0);
        expect([complaints, requests]).toEqual([[], [page.url()]]);
      });
    }
  });
  it("would be stopped by the policy even if one got through", async () => {
    await withPage(PAGES.index, {}, async ({ page }) => {
      const { violated, pwned } = await page.evaluate<{ violated: string[]; pwned: string }>(TRESPASS);
      expect(violated).toEqual(["connect-src", "img-src", "script-src-elem", "style-src-elem"]);
      expect(pwned).toBe("undefined");
    });
  });
});
