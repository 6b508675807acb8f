// Takes a library's bytes, gives what forbids to load it: each fault with its status, words and remedy. The README has the table. Pure.
import { readSharedLibrary, type SharedLibrary } from "./elf.ts";

/** Why a library is not loaded. */
export interface LibraryFault {
  /** A build that went wrong, or a library that reaches for what is not its own. */
  readonly status: "COMPILE_ERROR" | "INTEGRITY_VIOLATION";
  readonly message: string;
  readonly fix: string;
}

/** Code that runs before the kernel is called: noted, not forbidden. */
export interface LoadCode {
  readonly constructors: number;
  /** Symbols that code of the library resolves (ifunc). */
  readonly resolvers: readonly string[];
}

/** What is asked of a library. */
export interface LibraryRules {
  /** Its kernel: `__tvm_ffi_<entry>` must be a function that it gives. */
  readonly entry: string;
  /** As Node names architectures. */
  readonly machine: string;
  /** Memory that the submission asked for. */
  readonly memoryBytes: number;
}

/** What the worker has loaded before the sandbox closes: no other file can be opened there. */
const GIVEN: ReadonlySet<string> = new Set(
  "libc.so.6 libm.so.6 libstdc++.so.6 libgcc_s.so.1 libpthread.so.0 libdl.so.2 librt.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libtvm_ffi.so".split(
    " ",
  ),
);

/** What libtvm_ffi.so gives; its symbols have no versions. */
const OF_TVM_FFI = /^(TVMFFI|_ZNK?3tvm3ffi|_ZT[ISV]N3tvm3ffi)/;

/** Names shown of a list. */
const SHOWN = 5;

function named(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `${names.slice(0, SHOWN).join(", ")}${more}`;
}

type Rule = (library: SharedLibrary, rules: LibraryRules) => LibraryFault | undefined;

const wrong = (message: string, fix: string): LibraryFault => ({ status: "COMPILE_ERROR", message, fix });
const forbidden = (message: string, fix: string): LibraryFault => ({ status: "INTEGRITY_VIOLATION", message, fix });

const RULES: readonly Rule[] = [
  ({ searchPaths }) =>
    searchPaths.length === 0
      ? undefined
      : forbidden(
          `it names folders to load libraries from (RUNPATH ${named(searchPaths)})`,
          "link without -rpath: a kernel brings no libraries",
        ),
  ({ needed }) => {
    const strange = needed.filter((name) => !GIVEN.has(name));
    return strange.length === 0
      ? undefined
      : forbidden(`it needs ${named(strange)}`, "link those parts statically; a kernel finds C, C++ and TVM FFI only");
  },
  ({ loads }) =>
    loads.length === 0
      ? undefined
      : forbidden(`it loads libraries beside those it needs (${named(loads)})`, "link without -f, -F and --audit"),
  ({ writableCode }) =>
    writableCode
      ? forbidden("a part of it is writable and executable", "keep code and data apart: no writable .text section")
      : undefined,
  ({ symbols }, { entry }) =>
    symbols.some(({ name, defined, function: code }) => name === `__tvm_ffi_${entry}` && defined && code)
      ? undefined
      : wrong(
          `it does not give the function __tvm_ffi_${entry}`,
          `export it: TVM_FFI_DLL_EXPORT_TYPED_FUNC(${entry}, your function)`,
        ),
  ({ symbols }) => {
    const missing = symbols
      .filter(({ defined, weak, from, name }) => !defined && !weak && from === null && !OF_TVM_FFI.test(name))
      .map(({ name }) => name);
    return missing.length === 0
      ? undefined
      : wrong(`nothing gives ${named(missing)}`, "define it, or list the file that does under source.files");
  },
  ({ textRelocations }) =>
    textRelocations
      ? wrong("its code would be changed while it loads (TEXTREL)", "write assembly that is independent of its place")
      : undefined,
  ({ executableStack }) =>
    executableStack
      ? wrong(
          "it asks for an executable stack",
          "add .section .note.GNU-stack to its assembly; take no address of a nested function",
        )
      : undefined,
  ({ memoryBytes }, rules) =>
    memoryBytes > rules.memoryBytes
      ? wrong(
          `its code and static data take ${(memoryBytes / 2 ** 20).toFixed(0)} MiB, and resources.memory is ${(rules.memoryBytes / 2 ** 20).toFixed(0)} MiB`,
          "allocate what a call needs, or ask for more under resources.memory",
        )
      : undefined,
];

/** The first fault of a library, attempts before mistakes; else what runs while it loads. Never throws, whatever the bytes. */
export function inspectLibrary(
  bytes: Uint8Array,
  rules: LibraryRules,
): { readonly ok: true; readonly runs: LoadCode } | { readonly ok: false; readonly fault: LibraryFault } {
  const reading = readSharedLibrary(bytes, rules.machine);
  if (!reading.ok)
    return {
      ok: false,
      fault: wrong(`the library cannot be loaded: ${reading.why}`, "build a shared library for this machine"),
    };
  const { library } = reading;
  const fault = RULES.map((rule) => rule(library, rules)).find((found) => found !== undefined);
  if (fault !== undefined) return { ok: false, fault };
  const resolvers = library.symbols.filter(({ indirect, defined }) => indirect && defined).map(({ name }) => name);
  return { ok: true, runs: { constructors: library.constructors, resolvers } };
}
