// Zip archives from jobs that nobody trusts: taken apart in memory, or refused with every reason. Nothing is written to a disk.
import { type Entry, fromBufferPromise, type LocalFileHeader, type ZipFile } from "yauzl";
import type { ArchiveLimits, Unzip } from "../domain/archive.ts";
import { checksumIsRight, directoryOf, layoutProblems, type Placed } from "./archive-layout.ts";

/** Inflated bytes to stored bytes above which a file of more than 1 MiB is a bomb; records compress to about a tenth. */
const RATIO = 100;
const HARMLESS = 2 ** 20;
/** Folders and name of a path. */
const DEPTH = 3;
const NAME = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
/** Flags that say how it was deflated (1, 2), that a descriptor follows (3) and that names are UTF-8 (11). */
const FLAGS = 0x080e;
/** Extra fields that would say something else than the header: sizes of 64 bits, another name. */
const CONTRADICTING: ReadonlyMap<number, string> = new Map([
  [0x0001, "it has zip64 sizes"],
  [0x7075, "it has a second name"],
]);

/** A name for people: hostile bytes are not repeated. */
function shown(name: string): string {
  const text = name.length > 80 ? `${name.slice(0, 80)}...` : name;
  return `'${text.replace(/[^A-Za-z0-9 ._/-]/g, "?")}'`;
}

const nameOf = (entry: Entry): string => entry.fileNameRaw.toString("latin1");

function nameProblems(name: string): string[] {
  const found: string[] = [];
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) found.push("its path is absolute");
  if (name.includes("\\")) found.push("its path has a backslash");
  const steps = name.split("/");
  if (steps.some((step) => /^\.+$/.test(step))) found.push("its path leaves the folder");
  if (steps.length > DEPTH) found.push(`it lies deeper than ${DEPTH - 1} folders`);
  if (found.length === 0 && (!NAME.test(name) || name.length > 200))
    found.push("its name has other characters than letters, digits, '.', '_' and '-', or is too long");
  return found;
}

function entryProblems(entry: Entry, limits: ArchiveLimits): string[] {
  const found = nameProblems(nameOf(entry));
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (kind === 0o120000) found.push("it is a symbolic link");
  else if (kind !== 0 && kind !== 0o100000) found.push("it is no regular file");
  if ((entry.externalFileAttributes & 0x10) !== 0) found.push("it is a folder");
  if ((entry.generalPurposeBitFlag & 0x41) !== 0) found.push("it is encrypted");
  else if ((entry.generalPurposeBitFlag & ~FLAGS) !== 0) found.push("it has flags that nothing here needs");
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    found.push(`its compression method is ${entry.compressionMethod}, not 0 or 8`);
  for (const { id } of entry.extraFields) found.push(...[CONTRADICTING.get(id)].flatMap((words) => words ?? []));
  if (Math.max(entry.uncompressedSize, entry.compressedSize) > limits.fileBytes)
    found.push(`it has more than ${limits.fileBytes} bytes`);
  if (entry.uncompressedSize > HARMLESS && entry.uncompressedSize > RATIO * entry.compressedSize)
    found.push(`it inflates to more than ${RATIO} times its size`);
  return found;
}

/** What a file's own header says must be what the directory says. */
function headerProblems(entry: Entry, header: LocalFileHeader): string[] {
  const found: string[] = [];
  if (!header.fileName.equals(entry.fileNameRaw)) found.push("its own header has another name");
  const flags = entry.generalPurposeBitFlag;
  if (header.generalPurposeBitFlag !== flags || header.compressionMethod !== entry.compressionMethod)
    found.push("its own header has other flags or another method");
  const late = (flags & 8) !== 0;
  const same = (own: number, listed: number): boolean => own === listed || (late && own === 0);
  if (
    !same(header.crc32, entry.crc32) ||
    !same(header.compressedSize, entry.compressedSize) ||
    !same(header.uncompressedSize, entry.uncompressedSize)
  )
    found.push("its own header has another checksum or size");
  if (header.extraField.length >= 4 && header.extraField.readUInt16LE(0) === 1)
    found.push("its own header has zip64 sizes");
  return found;
}

/** Names that a disk could not hold beside each other. */
function collisionProblems(names: readonly string[]): string[] {
  const folded = names.map((name) => name.toLowerCase());
  return names.flatMap((name, index) => {
    const own = folded[index] ?? "";
    if (folded.indexOf(own) < index) return [`${shown(name)} is there twice, upper and lower case being the same`];
    return folded.some((other) => other.startsWith(`${own}/`)) ? [`${shown(name)} is a file and a folder`] : [];
  });
}

async function contentOf(zip: ZipFile, entry: Entry, limit: number): Promise<Uint8Array | string> {
  const stream = await zip.openReadStreamPromise(entry);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // The header is not believed: what comes out is counted.
    if (length > limit || length > entry.uncompressedSize) return "it inflates to more than it says";
    chunks.push(chunk);
  }
  const content = new Uint8Array(Buffer.concat(chunks));
  return checksumIsRight(content, entry) ? content : "its checksum or size is wrong";
}

async function listed(zip: ZipFile, limits: ArchiveLimits): Promise<{ files: Placed[]; problems: string[] }> {
  const files: Placed[] = [];
  const problems: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const header = await zip.readLocalFileHeaderPromise(entry);
    const found = [...entryProblems(entry, limits), ...headerProblems(entry, header)];
    problems.push(...found.map((words) => `${shown(nameOf(entry))}: ${words}`));
    files.push({ entry, header });
  }
  return { files, problems };
}

async function extract(bytes: Buffer, limits: ArchiveLimits): ReturnType<Unzip> {
  const directory = directoryOf(bytes);
  if (typeof directory === "string") return { ok: false, problems: [directory] };
  if (directory.entries > limits.entries)
    return { ok: false, problems: [`it has ${directory.entries} files, ${limits.entries} are allowed`] };
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false });
  const { files, problems } = await listed(zip, limits);
  problems.push(...collisionProblems(files.map(({ entry }) => nameOf(entry))));
  problems.push(...layoutProblems(bytes, files, directory));
  const total = files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  if (total > limits.totalBytes) problems.push(`its files have ${total} bytes, ${limits.totalBytes} are allowed`);
  if (problems.length > 0) return { ok: false, problems };
  const contents = new Map<string, Uint8Array>();
  for (const { entry } of files) {
    const content = await contentOf(zip, entry, limits.fileBytes);
    if (typeof content === "string") problems.push(`${shown(nameOf(entry))}: ${content}`);
    else contents.set(nameOf(entry), content);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, files: contents };
}

/** The port on yauzl, its only importer. */
export const unzip: Unzip = async (bytes, limits) => {
  try {
    return await extract(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), limits);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "no reason was given";
    return { ok: false, problems: [`it cannot be read: ${shown(reason)}`] };
  }
};
