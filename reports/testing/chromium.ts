// A browser for the page tests, unpacked into a folder of its own: of the system it needs a C library only.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BrowserServer, chromium } from "playwright-core";

export interface UnpackedChromium {
  /** The folder it was unpacked to: the program, `al2023/lib` (NSS and Expat), fonts, and software graphics. */
  readonly folder: string;
  launch(): Promise<BrowserServer>;
  remove(): Promise<void>;
}

/**
 * As root Chromium starts only without its sandbox; the pages are our own. Graphics by the package's SwiftShader: with
 * the GPU disabled instead, screenshots failed on a loaded machine (15 of 96, against 0 of 48). No name is resolved.
 */
const ARGUMENTS = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--font-render-hinting=none",
  "--host-resolver-rules=MAP * ~NOTFOUND",
];

/** The package's configuration names folders of another machine; without any font Chromium ends itself. */
function fontConfiguration(folder: string): string {
  const folders = [join(folder, "fonts", "fonts"), "/usr/share/fonts"].map((one) => `<dir>${one}</dir>`).join("");
  const head = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">';
  return `${head}<fontconfig>${folders}<cachedir>${join(folder, "fonts-cache")}</cachedir></fontconfig>`;
}

/**
 * The package unpacks into the folder for temporary files, and its libraries only where it believes to be on Amazon
 * Linux. Both are told by environment variables, so it runs in a process of its own; this one's environment stays.
 */
async function unpackInto(folder: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const program = "require(process.argv[1]).executablePath().then((path) => process.stdout.write(path))";
  const packaged = require.resolve("@sparticuz/chromium");
  const { stdout } = await promisify(execFile)(process.execPath, ["--eval", program, packaged], {
    env: { PATH: process.env["PATH"], TMPDIR: folder, HOME: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" },
  });
  await writeFile(join(folder, "fonts", "fonts.conf"), fontConfiguration(folder));
  return stdout;
}

/** Unpacks some 200 MB; `remove` takes them away again. */
export async function unpackChromium(): Promise<UnpackedChromium> {
  const folder = await mkdtemp(join(tmpdir(), "openxpu-chromium-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const executablePath = await unpackInto(folder).catch(async (cause: unknown) => {
    await remove();
    throw cause;
  });
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
    FONTCONFIG_PATH: join(folder, "fonts"),
  };
  return {
    folder,
    launch: () => chromium.launchServer({ executablePath, headless: true, args: ARGUMENTS, env }),
    remove,
  };
}
