// Where things lie in a zip archive: one end, one directory before it, the files before that, and no byte between them.
import type { Entry, LocalFileHeader } from "yauzl";
import { crc32 } from "./crc32.ts";

const END = 0x06054b50;
const ZIP64_LOCATOR = 0x07064b50;
const END_BYTES = 22;
/** Bytes of a comment that are no reason to object. */
const COMMENT = 1024;

/** What the end of an archive says of its directory. */
export interface Directory {
  readonly entries: number;
  readonly offset: number;
  /** Byte after its last entry. */
  readonly end: number;
}

/** Reads the end of an archive; text says what is wrong with it. */
export function directoryOf(bytes: Buffer): Directory | string {
  const last = bytes.length - END_BYTES;
  let at = last;
  while (at >= 0 && at >= last - COMMENT && bytes.readUInt32LE(at) !== END) at -= 1;
  if (at < 0 || at < last - COMMENT)
    return "it is no zip archive, is cut off, has bytes after its end, or a comment above 1 kB";
  if (bytes.readUInt16LE(at + 20) !== last - at) return "there are bytes after its end";
  if (at >= 20 && bytes.readUInt32LE(at - 20) === ZIP64_LOCATOR) return "it is in zip64 form, which nothing here needs";
  const disks = bytes.readUInt32LE(at + 4);
  const [here, entries] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10)];
  const [size, offset] = [bytes.readUInt32LE(at + 12), bytes.readUInt32LE(at + 16)];
  if (disks !== 0 || here !== entries) return "it is spread over several disks";
  if (offset + size !== at) return "its directory is not where its end says";
  return { entries, offset, end: at };
}

/** A file of the archive: its line of the directory and its own header. */
export interface Placed {
  readonly entry: Entry;
  readonly header: LocalFileHeader;
}

/** A descriptor after the content repeats checksum and sizes where the header could not know them. */
const DESCRIBED = 8;

function descriptorIsRight(bytes: Buffer, { entry }: Placed): boolean {
  const from = bytes.length === 16 && bytes.readUInt32LE(0) === 0x08074b50 ? 4 : 0;
  return (
    bytes.length === from + 12 &&
    bytes.readUInt32LE(from) === entry.crc32 &&
    bytes.readUInt32LE(from + 4) === entry.compressedSize &&
    bytes.readUInt32LE(from + 8) === entry.uncompressedSize
  );
}

/** Bytes of an entry's line in the directory. */
const lineBytes = ({ fileNameLength, extraFieldLength, fileCommentLength }: Entry): number =>
  46 + fileNameLength + extraFieldLength + fileCommentLength;

/** Objections to where the files lie: they must follow each other from the first byte to the directory, none twice. */
export function layoutProblems(bytes: Buffer, files: readonly Placed[], directory: Directory): string[] {
  const problems: string[] = [];
  const sorted = [...files].sort((a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader);
  let expected = 0;
  for (const [index, file] of sorted.entries()) {
    const { entry, header } = file;
    const start = entry.relativeOffsetOfLocalHeader;
    if (start !== expected) problems.push(`files overlap or leave a gap at byte ${Math.min(start, expected)}`);
    const end = header.fileDataStart + entry.compressedSize;
    const next = sorted[index + 1]?.entry.relativeOffsetOfLocalHeader ?? directory.offset;
    const described = (entry.generalPurposeBitFlag & DESCRIBED) !== 0;
    if (described && !descriptorIsRight(bytes.subarray(end, next), file))
      problems.push(`what follows the file at byte ${start} is not its descriptor`);
    expected = described ? next : end;
  }
  if (expected !== directory.offset) problems.push(`bytes before the directory belong to no file`);
  const lines = files.reduce((sum, { entry }) => sum + lineBytes(entry), 0);
  if (directory.offset + lines !== directory.end) problems.push("its directory is not as long as its entries");
  return problems;
}

/** Whether bytes are what the directory says. */
export function checksumIsRight(content: Uint8Array, entry: Entry): boolean {
  return content.length === entry.uncompressedSize && crc32(content) === entry.crc32;
}
