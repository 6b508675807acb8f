// Takes sources and how their backend is emulated, gives a shared library, cached by everything that decides it, or the compiler's first error.
import { createHash } from "node:crypto";
import type { Cache, Files, Processes } from "../../domain/ports.ts";
import { HarnessError } from "../../domain/problem.ts";
import { beginning } from "../../domain/visible.ts";
import { diagnose } from "./diagnosis.ts";
import { rewriteLaunches } from "./launch-syntax.ts";
import { COMPILER_MEMORY, DEADLINE, LOG } from "./limits.ts";

/** Where compilers and their headers are. */
export interface Toolchain {
  readonly compiler: string;
  /** First line of `--version`. */
  readonly version: string;
  /** Version of TVM FFI and digest of the harness's own header: what every kernel may include. */
  readonly abi: string;
  /** The processor that libraries are for, as Node names architectures. */
  readonly machine: string;
  /** Include folders of TVM FFI and DLPack. */
  readonly includes: readonly string[];
  /** A folder for scratch files. */
  readonly scratch: string;
  /** What a compiler reads besides: the system's headers and libraries, its own programs. */
  readonly reads?: readonly string[];
  /** The library of TVM FFI: linked against, so that a symbol that nobody gives is found at the build. */
  readonly library?: string;
}

/** What to compile. */
export interface Recipe {
  /** Absolute folder of the submission. */
  readonly folder: string;
  /** Files relative to it. */
  readonly files: readonly string[];
  /** Its files include nothing of their folder: the rest of it does not decide the library. */
  readonly alone?: true;
  /** Emulation headers; absent for host code. */
  readonly emulation?: {
    readonly folder: string;
    readonly include: string | undefined;
    readonly prelude: string | undefined;
    readonly rewrite: boolean;
    readonly defines: readonly string[];
  };
}

/** What compiling gave. */
export type Compiled =
  | {
      readonly ok: true;
      readonly path: string;
      readonly library: Uint8Array;
      readonly digest: string;
      readonly flags: readonly string[];
    }
  | {
      readonly ok: false;
      /** `file:line:column`, or the first source where the compiler named none. */
      readonly place: { readonly file: string; readonly line: number; readonly column: number };
      readonly message: string;
      readonly log: string;
      readonly flags: readonly string[];
    };

/** The same flags for every submission: nobody chooses -Ofast or -march, which change numbers or the machines a kernel runs on. */
const FLAGS = [
  "-std=c++20",
  "-O3",
  "-fPIC",
  "-shared",
  "-fvisibility=hidden",
  "-w",
  "-fdiagnostics-color=never",
  // A flood of errors ends; the first one is shown.
  "-fmax-errors=20",
  "-Wl,-z,noexecstack,-z,relro,-z,now",
] as const;

const SOURCE = /\.(cc|cpp|cxx|c\+\+|c|cu|mlu)$/;

/** Files of a submission that no compiler reads: a new version number needs no new build. */
const WORDS = /^(submission\.yaml|PROVENANCE\.yaml|LICENSE|README\.md)$/;

async function treeDigest(
  folder: string,
  files: Files,
  hash: ReturnType<typeof createHash>,
  below = "",
): Promise<void> {
  for (const name of await files.list(folder)) {
    if (WORDS.test(name)) continue;
    const path = `${folder}/${name}`;
    const kind = await files.kind(path);
    if (kind === "folder") await treeDigest(path, files, hash, `${below}${name}/`);
    if (kind !== "file") continue;
    const content = await files.read(path);
    hash.update(`${below}${name}\0${content.length}\0`).update(content);
  }
}

async function keyOf(recipe: Recipe, flags: readonly string[], toolchain: Toolchain, files: Files): Promise<string> {
  const hash = createHash("sha256").update(
    `build v5\0${toolchain.version}\0${toolchain.abi}\0${flags.join("\0")}\0${recipe.files.join("\0")}\0`,
  );
  hash.update(`${recipe.emulation?.prelude ?? ""}\0${String(recipe.emulation?.rewrite ?? false)}\0`);
  if (recipe.alone === true) for (const name of recipe.files) hash.update(await files.read(`${recipe.folder}/${name}`));
  else await treeDigest(recipe.folder, files, hash);
  if (recipe.emulation?.include !== undefined) {
    await treeDigest(`${recipe.emulation.folder}/${recipe.emulation.include}`, files, hash);
  }
  return hash.digest("hex");
}

/** Writes rewritten device sources to the scratch folder; `#line` keeps the author's names and lines. */
async function sourcesOf(recipe: Recipe, key: string, toolchain: Toolchain, files: Files): Promise<string[]> {
  const units = recipe.files.filter((name) => SOURCE.test(name));
  if (recipe.emulation?.rewrite !== true) return units.map((name) => `${recipe.folder}/${name}`);
  const paths: string[] = [];
  for (const name of units) {
    const path = `${toolchain.scratch}/${key.slice(0, 16)}/${name.replaceAll("/", "_")}.cc`;
    const source = await files.text(`${recipe.folder}/${name}`);
    await files.write(path, `#line 1 "${name}"\n${rewriteLaunches(source)}`);
    paths.push(path);
  }
  return paths;
}

function commandFlags(recipe: Recipe, toolchain: Toolchain): string[] {
  const { emulation } = recipe;
  const flags: string[] = [...FLAGS, ...toolchain.includes.map((path) => `-I${path}`), `-I${recipe.folder}`];
  // Assertions and exceptions name files: not the folders of this machine.
  flags.push(`-ffile-prefix-map=${recipe.folder}=/kernel`);
  if (emulation === undefined) return flags;
  if (emulation.include !== undefined) flags.push(`-I${emulation.folder}/${emulation.include}`);
  flags.push(...emulation.defines.map((define) => `-D${define}`));
  if (emulation.prelude !== undefined) flags.push("-include", emulation.prelude);
  return flags;
}

/** All that the compiler can see: the toolchain, the headers offered, this submission. */
function readsOf(recipe: Recipe, sources: readonly string[], toolchain: Toolchain): string[] {
  const { emulation } = recipe;
  const headers = emulation?.include === undefined ? [] : [`${emulation.folder}/${emulation.include}`];
  const library = toolchain.library === undefined ? [] : [toolchain.library];
  const rewritten = emulation?.rewrite === true ? sources : [];
  return [...(toolchain.reads ?? []), ...toolchain.includes, ...library, ...headers, recipe.folder, ...rewritten];
}

/** Compiles a submission for the host, or for a backend emulated on it. */
export async function compile(
  recipe: Recipe,
  toolchain: Toolchain,
  ports: { readonly files: Files; readonly processes: Processes; readonly cache: Cache },
): Promise<Compiled> {
  const flags = commandFlags(recipe, toolchain);
  // What decides the library, without the folders that it happens to lie in.
  const shown = [...FLAGS, ...(recipe.emulation?.defines.map((define) => `-D${define}`) ?? [])];
  const key = await keyOf(recipe, shown, toolchain, ports.files);
  const known = await ports.cache.get(key);
  const path = ports.cache.path(key);
  if (known !== undefined)
    return { ok: true, path, library: known, digest: createHash("sha256").update(known).digest("hex"), flags: shown };
  const sources = await sourcesOf(recipe, key, toolchain, ports.files);
  const write = `${toolchain.scratch}/${key.slice(0, 16)}/out`;
  const output = `${write}/kernel.so`;
  await ports.files.write(`${write}/.keep`, "");
  const libraries = toolchain.library === undefined ? [] : ["-x", "none", "-Wl,-z,defs", toolchain.library];
  const command = [...flags, "-x", "c++", ...sources, ...libraries, "-o", output];
  const finished = await ports.processes.run([toolchain.compiler, ...command], {
    cwd: recipe.folder,
    environment: { LC_ALL: "C" },
    timeoutSeconds: DEADLINE,
    confine: { read: readsOf(recipe, sources, toolchain), write, memoryBytes: COMPILER_MEMORY },
  });
  if (finished.code === 127) {
    throw new HarnessError(
      "COMPILER_MISSING",
      `${toolchain.compiler} is not there`,
      "install g++ with C++20: npx openxpu doctor",
    );
  }
  if (finished.code !== 0) {
    const log = `${finished.stdout}${finished.stderr}`;
    const { place, message } = diagnose(log, finished.code, recipe.folder, recipe.files[0] ?? "");
    return { ok: false, place, message, log: beginning(log, LOG), flags: shown };
  }
  const artifact = await ports.files.read(output);
  await ports.cache.put(key, artifact);
  return {
    ok: true,
    path,
    library: artifact,
    digest: createHash("sha256").update(artifact).digest("hex"),
    flags: shown,
  };
}
