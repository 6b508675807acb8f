// Zip archives, honest and hostile: every field can be made to lie.
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../io/crc32.ts";

/** One file of an archive and what its headers say. Absent: the truth. */
export interface ZipFile {
  readonly name: string | Uint8Array;
  readonly content: string | Uint8Array;
  readonly stored?: boolean;
  readonly method?: number;
  /** Unix mode with its kind; `0o100644` by default. */
  readonly mode?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  /** Name in the file's own header. */
  readonly localName?: string;
  readonly extra?: Uint8Array;
  readonly localExtra?: Uint8Array;
  /** Where the directory says it lies. */
  readonly offset?: number;
  /** Sizes and checksum after the content, as streaming writers do. */
  readonly described?: boolean;
}

/** What is wrong with the archive as a whole. */
export interface ZipShape {
  readonly comment?: string;
  /** Bytes before the first file, between files and directory, and after the end. */
  readonly before?: Uint8Array;
  readonly between?: Uint8Array;
  readonly after?: Uint8Array;
  readonly entries?: number;
  readonly directoryOffset?: number;
  readonly disk?: number;
  /** A zip64 end and locator that contradict the small one. */
  readonly zip64?: boolean;
}

const bytesOf = (text: string | Uint8Array): Buffer => Buffer.from(text);

function numbers(...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([size, value]) => {
      const field = Buffer.alloc(size);
      if (size === 2) field.writeUInt16LE(value & 0xffff);
      else field.writeUInt32LE(value >>> 0);
      return field;
    }),
  );
}

interface Parts {
  readonly local: Buffer;
  readonly line: (offset: number) => Buffer;
}

function partsOf(file: ZipFile): Parts {
  const content = bytesOf(file.content);
  const stored = file.stored ?? false;
  const packed = stored ? content : deflateRawSync(content);
  const name = bytesOf(file.name);
  const method = file.method ?? (stored ? 0 : 8);
  const described = file.described ?? false;
  const flags = file.flags ?? (described ? 8 : 0);
  const crc = file.crc ?? crc32(content);
  const sizes = [file.compressedSize ?? packed.length, file.size ?? content.length] as const;
  const facts = numbers([4, crc], [4, sizes[0]], [4, sizes[1]]);
  const localName = file.localName === undefined ? name : bytesOf(file.localName);
  const localExtra = Buffer.from(file.localExtra ?? []);
  const extra = Buffer.from(file.extra ?? []);
  const head = numbers([4, 0x04034b50], [2, 20], [2, flags], [2, method], [4, 0]);
  const lengths = numbers([2, localName.length], [2, localExtra.length]);
  const own = described ? Buffer.alloc(12) : facts;
  const descriptor = described ? Buffer.concat([numbers([4, 0x08074b50]), facts]) : Buffer.alloc(0);
  return {
    local: Buffer.concat([head, own, lengths, localName, localExtra, packed, descriptor]),
    line: (offset) =>
      Buffer.concat([
        numbers([4, 0x02014b50], [2, 0x0314], [2, 20], [2, flags], [2, method], [4, 0]),
        facts,
        numbers([2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0]),
        numbers([4, (file.mode ?? 0o100644) * 0x10000], [4, file.offset ?? offset]),
        name,
        extra,
      ]),
  };
}

/** Writes an archive. */
export function zip(files: readonly ZipFile[], shape: ZipShape = {}): Uint8Array {
  const none = new Uint8Array();
  const parts = files.map(partsOf);
  const lines: Buffer[] = [];
  let offset = (shape.before ?? none).length;
  for (const { local, line } of parts) {
    lines.push(line(offset));
    offset += local.length;
  }
  offset += (shape.between ?? none).length;
  const directory = Buffer.concat(lines);
  const end = offset + directory.length;
  const entries = shape.entries ?? files.length;
  const comment = bytesOf(shape.comment ?? "");
  const large = Buffer.concat([
    numbers([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, entries + 1], [8, entries + 1]),
    numbers([8, directory.length], [8, offset], [4, 0x07064b50], [4, 0], [8, end], [4, 1]),
  ]);
  return new Uint8Array(
    Buffer.concat([
      shape.before ?? none,
      ...parts.map(({ local }) => local),
      shape.between ?? none,
      directory,
      shape.zip64 === true ? large : none,
      numbers([4, 0x06054b50], [2, shape.disk ?? 0], [2, 0], [2, entries], [2, entries], [4, directory.length]),
      numbers([4, shape.directoryOffset ?? offset], [2, comment.length]),
      comment,
      shape.after ?? none,
    ]),
  );
}
