// The site in a browser: written to a temporary folder, opened from file://, watched for everything it must not do.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, type BrowserServer, chromium, type Page } from "playwright-core";
import { type UnpackedChromium, unpackChromium } from "./chromium.ts";

/** A page and what it did: words to the console, errors, requests. */
export interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

/** Several sites by folder name, and the browser that shows them. */
export class SiteBrowser {
  readonly folder: string;
  readonly chromium: UnpackedChromium;
  readonly server: BrowserServer;
  readonly browser: Browser;

  private constructor(folder: string, unpacked: UnpackedChromium, server: BrowserServer, browser: Browser) {
    this.folder = folder;
    this.chromium = unpacked;
    this.server = server;
    this.browser = browser;
  }

  static async start(sites: Readonly<Record<string, ReadonlyMap<string, string>>>): Promise<SiteBrowser> {
    const folder = await mkdtemp(join(tmpdir(), "openxpu-pages-"));
    for (const [name, pages] of Object.entries(sites)) {
      await mkdir(join(folder, name));
      for (const [file, text] of pages) await writeFile(join(folder, name, file), text);
    }
    try {
      const unpacked = await unpackChromium();
      const server = await unpacked.launch();
      return new SiteBrowser(folder, unpacked, server, await chromium.connect(server.wsEndpoint()));
    } catch (cause) {
      await rm(folder, { recursive: true, force: true });
      throw cause;
    }
  }

  /** Opens a page in a context of its own, which ends with `act`. */
  async open(file: string, options: BrowserContextOptions, act: (opened: Opened) => Promise<void>): Promise<void> {
    const context = await this.browser.newContext(options);
    try {
      const page = await context.newPage();
      const opened: Opened = { page, complaints: [], requests: [] };
      page.on("console", (message) => opened.complaints.push(message.text()));
      page.on("pageerror", (error) => opened.complaints.push(error.message));
      page.on("request", (request) => opened.requests.push(request.url()));
      await page.goto(pathToFileURL(join(this.folder, file)).href);
      await act(opened);
    } finally {
      await context.close();
    }
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await this.chromium.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}
