// Takes the bytes of a shared library, gives what its loader would see of it, or why it is none (System V gABI, chapters 4 and 5). Pure.
import { Image, Malformed, MOST } from "./elf-image.ts";

/** A symbol of the dynamic table. */
interface DynamicSymbol {
  readonly name: string;
  readonly defined: boolean;
  /** May stay without a definition. */
  readonly weak: boolean;
  readonly function: boolean;
  /** Resolved by code that runs while the library loads. */
  readonly indirect: boolean;
  /** The library that the linker found it in; null where none is named. */
  readonly from: string | null;
}

/** What a library asks of its loader. */
export interface SharedLibrary {
  readonly needed: readonly string[];
  /** RPATH and RUNPATH. */
  readonly searchPaths: readonly string[];
  /** Filters, audits and other tags that load or replace libraries. */
  readonly loads: readonly string[];
  /** Relocations that write into code. */
  readonly textRelocations: boolean;
  readonly executableStack: boolean;
  /** A segment that is writable and executable. */
  readonly writableCode: boolean;
  /** Bytes of all its segments in memory. */
  readonly memoryBytes: number;
  readonly symbols: readonly DynamicSymbol[];
  /** Functions that run while it loads; every C++ library has one or two. */
  readonly constructors: number;
}

/** A reading, or why the bytes are no library of this kind. */
export type Reading =
  | { readonly ok: true; readonly library: SharedLibrary }
  | { readonly ok: false; readonly why: string };

const MACHINES: Readonly<Record<number, string>> = {
  3: "i386",
  8: "mips",
  40: "arm",
  62: "x64",
  183: "arm64",
  243: "riscv64",
};

const PT = { load: 1, dynamic: 2, interpreter: 3, stack: 0x6474e551 } as const;
const FLAG = { execute: 1, write: 2 } as const;
const DT = { needed: 1, hash: 4, strings: 5, symbols: 6, stringBytes: 10, init: 12, rpath: 15, textrel: 22 } as const;
const MORE = {
  initArrayBytes: 27,
  runpath: 29,
  flags: 30,
  preinitBytes: 33,
  gnuHash: 0x6ffffef5,
  versions: 0x6ffffff0,
} as const;
const NEEDS = { table: 0x6ffffffe, count: 0x6fffffff } as const;
const LOADERS: Readonly<Record<number, string>> = {
  0x6ffffefb: "DEPAUDIT",
  0x6ffffefc: "AUDIT",
  0x7ffffffd: "AUXILIARY",
  0x7fffffff: "FILTER",
};
const TEXTREL_FLAG = 4;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

function segmentsOf(image: Image): Segment[] {
  const [start, size, count] = [image.u64(32), image.u16(54), image.u16(56)];
  if (size !== 56 || count === 0 || count > MOST.segments) throw new Malformed("its table of segments is not usable");
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: image.u32(at),
      flags: image.u32(at + 4),
      offset: image.u64(at + 8),
      address: image.u64(at + 16),
      fileBytes: image.u64(at + 32),
      memoryBytes: image.u64(at + 40),
    };
  });
}

/** Values of each tag, in order. */
function tagsOf(image: Image, dynamic: Segment): Map<number, number[]> {
  const tags = new Map<number, number[]>();
  const count = Math.min(Math.floor(dynamic.fileBytes / 16), MOST.tags);
  for (let index = 0; index < count; index += 1) {
    const tag = image.u64(dynamic.offset + index * 16);
    if (tag === 0) return tags;
    tags.set(tag, [...(tags.get(tag) ?? []), image.u64(dynamic.offset + index * 16 + 8)]);
  }
  throw new Malformed("its dynamic table has no end");
}

/** How many symbols there are, from the table that the loader finds them by. */
function symbolCount(image: Image, tags: ReadonlyMap<number, readonly number[]>): number {
  const [classic] = tags.get(DT.hash) ?? [];
  if (classic !== undefined) return image.u32(image.at(classic) + 4);
  const [gnu] = tags.get(MORE.gnuHash) ?? [];
  if (gnu === undefined) return 0;
  const table = image.at(gnu);
  const [buckets, first, blooms] = [image.u32(table), image.u32(table + 4), image.u32(table + 8)];
  if (buckets > MOST.symbols || blooms > MOST.symbols) throw new Malformed("its table of symbols is not usable");
  const start = table + 16 + blooms * 8;
  let last = 0;
  for (let index = 0; index < buckets; index += 1) last = Math.max(last, image.u32(start + index * 4));
  if (last < first) return first;
  while ((image.u32(start + (buckets + last - first) * 4) & 1) === 0) last += 1;
  return last + 1;
}

/** The library that each version number of a symbol belongs to. */
function versionFiles(
  image: Image,
  tags: ReadonlyMap<number, readonly number[]>,
  name: (at: number) => string,
): Map<number, string> {
  const files = new Map<number, string>();
  const [address] = tags.get(NEEDS.table) ?? [];
  const [count = 0] = tags.get(NEEDS.count) ?? [];
  if (address === undefined) return files;
  let left = MOST.versions;
  let at = image.at(address);
  for (let file = 0; file < count && left > 0; file += 1) {
    const from = name(image.u32(at + 4));
    let entry = at + image.u32(at + 8);
    for (let index = 0; index < image.u16(at + 2) && left > 0; index += 1, left -= 1) {
      files.set(image.u16(entry + 6) & 0x7fff, from);
      entry += image.u32(entry + 12);
    }
    at += image.u32(at + 12);
    left -= 1;
  }
  return files;
}

function symbolsOf(
  image: Image,
  tags: ReadonlyMap<number, readonly number[]>,
  name: (at: number) => string,
): DynamicSymbol[] {
  const [table] = tags.get(DT.symbols) ?? [];
  const count = symbolCount(image, tags);
  if (table === undefined || count > MOST.symbols) throw new Malformed("its table of symbols is not usable");
  const files = versionFiles(image, tags, name);
  const [versions] = tags.get(MORE.versions) ?? [];
  const start = image.at(table);
  const versionStart = versions === undefined ? undefined : image.at(versions);
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) => {
    const at = start + (index + 1) * 24;
    const info = image.u8(at + 4);
    const version = versionStart === undefined ? 1 : image.u16(versionStart + (index + 1) * 2) & 0x7fff;
    return {
      name: name(image.u32(at)),
      defined: image.u16(at + 6) !== 0,
      weak: info >> 4 === 2,
      function: [2, 10].includes(info & 15),
      indirect: (info & 15) === 10,
      from: files.get(version) ?? null,
    };
  });
}

function header(image: Image): void {
  if (image.bytes.length < 64 || image.u32(0) !== 0x464c457f) throw new Malformed("it is no ELF file");
  if (image.u8(4) !== 2 || image.u8(5) !== 1) throw new Malformed("it is not for 64 bits, lowest byte first");
  if (image.u16(16) !== 3) throw new Malformed("it is no shared library");
}

function read(image: Image, machine: string): SharedLibrary {
  header(image);
  const made = MACHINES[image.u16(18)] ?? `machine ${image.u16(18)}`;
  if (made !== machine) throw new Malformed(`it is for ${made}, and this machine is ${machine}`);
  const segments = segmentsOf(image);
  image.loads.push(...segments.filter(({ type }) => type === PT.load));
  const dynamic = segments.find(({ type }) => type === PT.dynamic);
  if (dynamic === undefined) throw new Malformed("it has no dynamic table");
  const tags = tagsOf(image, dynamic);
  const [strings, [stringBytes = 0] = []] = [tags.get(DT.strings)?.[0], tags.get(DT.stringBytes)];
  if (strings === undefined) throw new Malformed("it has no table of names");
  const names = image.at(strings);
  const name = (at: number): string => {
    if (at >= stringBytes) throw new Malformed("a name lies outside its table of names");
    return image.text(names + at);
  };
  const all = (tag: number): string[] => (tags.get(tag) ?? []).map(name);
  const stack = segments.find(({ type }) => type === PT.stack);
  const loads = segments.filter(({ type }) => type === PT.load);
  const bytesOf = (tag: number): number => tags.get(tag)?.[0] ?? 0;
  return {
    needed: all(DT.needed),
    searchPaths: [...all(DT.rpath), ...all(MORE.runpath)],
    loads: Object.entries(LOADERS).flatMap(([tag, word]) => all(Number(tag)).map((library) => `${word} ${library}`)),
    textRelocations: tags.has(DT.textrel) || (bytesOf(MORE.flags) & TEXTREL_FLAG) !== 0,
    // Without the header the loader makes every stack executable.
    executableStack: stack === undefined || (stack.flags & FLAG.execute) !== 0,
    writableCode: loads.some(({ flags }) => (flags & FLAG.execute) !== 0 && (flags & FLAG.write) !== 0),
    memoryBytes: loads.reduce((sum, one) => sum + one.memoryBytes, 0),
    symbols: symbolsOf(image, tags, name),
    constructors:
      Math.floor((bytesOf(MORE.initArrayBytes) + bytesOf(MORE.preinitBytes)) / 8) + (tags.has(DT.init) ? 1 : 0),
  };
}

/** Reads a library for a machine, named as Node names architectures. Never throws, whatever the bytes. */
export function readSharedLibrary(bytes: Uint8Array, machine: string): Reading {
  try {
    return { ok: true, library: read(new Image(bytes), machine) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, why: error.message };
    throw error;
  }
}
