// A shared library of a few hundred bytes, as a compiler of the fakes "builds" it: headers, a dynamic table, symbols, no code.

/** What the library is to say; absent parts are as in an honest build. */
export interface LibraryShape {
  /** Functions that it gives, `__tvm_ffi_` included. */
  readonly gives?: readonly string[];
  /** Functions that it wants, without a version. */
  readonly wants?: readonly string[];
  readonly needed?: readonly string[];
  readonly runpath?: string;
  /** More entries of the dynamic table. */
  readonly tags?: readonly (readonly [tag: number, value: number])[];
  readonly stackFlags?: number;
  readonly codeFlags?: number;
  readonly memoryBytes?: number;
  readonly machine?: number;
  readonly type?: number;
}

const HEADER = 64;
const SEGMENT = 56;
const SYMBOL = 24;

/** Little-endian bytes of numbers, each with its size. */
function packed(...fields: readonly (readonly [size: 1 | 2 | 4 | 8, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 1) view.setUint8(at, value);
    if (size === 2) view.setUint16(at, value, true);
    if (size === 4) view.setUint32(at, value, true);
    if (size === 8) view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}

/** A table of names: the text, and where each begins. */
function namesOf(names: readonly string[]): { readonly bytes: Uint8Array; at(name: string): number } {
  const starts = new Map<string, number>();
  let text = "\0";
  for (const name of names) {
    starts.set(name, text.length);
    text += `${name}\0`;
  }
  return { bytes: new TextEncoder().encode(text), at: (name) => starts.get(name) ?? 0 };
}

/** The bytes of a library for x86-64, or another machine. Offsets in the file are its addresses. */
export function sharedLibrary(shape: LibraryShape): Uint8Array {
  const { gives = [], wants = [], needed = ["libc.so.6"], runpath, tags = [] } = shape;
  const names = namesOf([...gives, ...wants, ...needed, ...(runpath === undefined ? [] : [runpath])]);
  const symbols = [...gives.map((name) => ({ name, section: 1 })), ...wants.map((name) => ({ name, section: 0 }))];
  const table = joined([
    new Uint8Array(SYMBOL),
    ...symbols.map(({ name, section }) => packed([4, names.at(name)], [1, 0x12], [1, 0], [2, section], [8, 0], [8, 0])),
  ]);
  const strings = HEADER + 3 * SEGMENT;
  const symbolsAt = strings + names.bytes.length;
  const hash = symbolsAt + table.length;
  const dynamicAt = hash + 8;
  const entries: (readonly [number, number])[] = [
    ...needed.map((name) => [1, names.at(name)] as const),
    ...(runpath === undefined ? [] : [[29, names.at(runpath)] as const]),
    ...tags,
    [5, strings],
    [10, names.bytes.length],
    [6, symbolsAt],
    [4, hash],
    [0, 0],
  ];
  const dynamic = joined(entries.map(([tag, value]) => packed([8, tag], [8, value])));
  const end = dynamicAt + dynamic.length;
  const segment = (type: number, flags: number, at: number, size: number, memory = size): Uint8Array =>
    packed([4, type], [4, flags], [8, at], [8, at], [8, at], [8, size], [8, memory], [8, 8]);
  return joined([
    new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    packed([2, shape.type ?? 3], [2, shape.machine ?? 62], [4, 1], [8, 0], [8, HEADER], [8, 0], [4, 0]),
    packed([2, HEADER], [2, SEGMENT], [2, 3], [2, 0], [2, 0], [2, 0]),
    segment(1, shape.codeFlags ?? 5, 0, end, shape.memoryBytes ?? end),
    segment(2, 6, dynamicAt, dynamic.length),
    segment(0x6474e551, shape.stackFlags ?? 6, 0, 0),
    names.bytes,
    table,
    packed([4, 1], [4, symbols.length + 1]),
    dynamic,
  ]);
}

/** A library that gives one kernel. */
export function kernelLibrary(entry: string): Uint8Array {
  return sharedLibrary({ gives: [`__tvm_ffi_${entry}`] });
}
