// Archives from outside: an honest one opens, every hostile form is refused and named, and no mutation makes it throw.
import { randomBytes } from "node:crypto";
import { crc32 as nodeCrc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../domain/random.ts";
import { zip, type ZipFile, type ZipShape } from "../testing/zip.ts";
import { unzip } from "./archive.ts";
import { crc32 } from "./crc32.ts";

const LIMITS = { entries: 4, fileBytes: 2 ** 22, totalBytes: 2 ** 22 + 100 };
const FILE: ZipFile = { name: "records.jsonl", content: '{"a":1}\n' };
const NOTE: ZipFile = { name: "logs/build.log", content: "said\n", stored: true };

/** Everything that is said against an archive. */
async function objections(files: readonly ZipFile[], shape?: ZipShape): Promise<string> {
  const opened = await unzip(zip(files, shape), LIMITS);
  return opened.ok ? "" : opened.problems.join("\n");
}

const bytes = (...given: readonly number[]): Uint8Array => Uint8Array.from(given);

describe("an honest archive", () => {
  it("gives its files", async () => {
    const opened = await unzip(zip([FILE, NOTE, { name: "empty", content: "" }]), LIMITS);
    expect(opened.ok && [...opened.files].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
      ["records.jsonl", '{"a":1}\n'],
      ["logs/build.log", "said\n"],
      ["empty", ""],
    ]);
  });

  it("may tell sizes and checksum behind the content, and may have a short comment", async () => {
    expect(await objections([{ ...FILE, described: true }, NOTE], { comment: "made by a job" })).toBe("");
    expect(await objections([{ ...NOTE, described: true }])).toBe("");
  });

  it("may hold nothing", async () => {
    expect(await unzip(zip([]), LIMITS)).toEqual({ ok: true, files: new Map() });
  });

  it("is checked by the checksum that everybody computes", () => {
    const content = new Uint8Array(randomBytes(1000));
    expect(crc32(content)).toBe(nodeCrc32(content));
    expect(crc32(content.subarray(400), crc32(content.subarray(0, 400)))).toBe(crc32(content));
  });
});

describe("a hostile file", () => {
  it.each<[string, Partial<ZipFile>, string]>([
    ["an absolute path", { name: "/etc/passwd" }, "its path is absolute"],
    ["a drive letter", { name: "C:/x" }, "its path is absolute"],
    ["a drive letter without a slash", { name: "c:x" }, "its path is absolute"],
    ["..", { name: "../../x" }, "its path leaves the folder"],
    [".. inside", { name: "logs/../x" }, "its path leaves the folder"],
    [".", { name: "./x" }, "its path leaves the folder"],
    ["a backslash", { name: "..\\x" }, "its path has a backslash"],
    ["an empty step", { name: "logs//x" }, "other characters"],
    ["a folder", { name: "logs/", content: "" }, "other characters"],
    ["control characters", { name: "a\u001b[2Jb" }, "other characters"],
    ["a zero byte", { name: "records.jsonl\0.txt" }, "other characters"],
    ["letters of other alphabets", { name: "r\u0435cords" }, "other characters"],
    ["no name", { name: "" }, "other characters"],
    ["a long name", { name: "x".repeat(300) }, "too long"],
    ["many folders", { name: "a/b/c/d" }, "deeper than 2 folders"],
    ["a symbolic link", { mode: 0o120777 }, "it is a symbolic link"],
    ["a device", { mode: 0o020644 }, "it is no regular file"],
    ["a folder's mode", { mode: 0o040755 }, "it is no regular file"],
    ["encryption", { flags: 1 }, "it is encrypted"],
    ["unknown flags", { flags: 0x2000 }, "flags that nothing here needs"],
    ["an unknown method", { method: 12 }, "its compression method is 12"],
    ["a wrong checksum", { crc: 1 }, "its checksum or size is wrong"],
    ["too small a size", { size: 2 }, "cannot be read"],
    ["too large a size", { size: 20 }, "cannot be read"],
    ["another name in its own header", { localName: "recordz.jsonl" }, "its own header has another name"],
    ["a second name", { extra: bytes(0x75, 0x70, 1, 0, 1) }, "it has a second name"],
    ["zip64 sizes", { extra: bytes(1, 0, 0, 0) }, "it has zip64 sizes"],
    ["zip64 sizes in its own header", { localExtra: bytes(1, 0, 0, 0) }, "its own header has zip64 sizes"],
    ["zip64 sizes that are not there", { size: 0xffffffff }, "more than 4194304 bytes"],
    ["more bytes than a file may have", { content: randomBytes(2 ** 22 + 1) }, "it has more than 4194304 bytes"],
    ["a bomb", { content: "0".repeat(2 ** 22) }, "it inflates to more than 100 times its size"],
    ["a place outside", { offset: 2 ** 30 }, "cannot be read"],
  ])("with %s is refused", async (_, change, said) => {
    expect(await objections([{ ...FILE, ...change }])).toContain(said);
  });

  it("never has its name repeated", async () => {
    expect(await objections([{ ...FILE, name: "\u202e@alice`<b>" }])).not.toMatch(/[\u202e@`<>]/);
  });

  it("whose bomb hides its size is stopped while it inflates", async () => {
    expect(await objections([{ ...FILE, content: "0".repeat(2 ** 22), size: 1000 }])).toContain("cannot be read");
  });
});

describe("a hostile archive", () => {
  it.each<[string, readonly ZipFile[], ZipShape, string]>([
    ["too many files", Array.from({ length: 5 }, (_, i) => ({ ...NOTE, name: `${i}` })), {}, "it has 5 files, 4"],
    ["a name twice", [FILE, FILE], {}, "is there twice"],
    ["a name twice but for case", [FILE, { ...FILE, name: "Records.JSONL" }], {}, "is there twice"],
    ["a file that is a folder", [NOTE, { ...FILE, name: "logs" }], {}, "is a file and a folder"],
    ["bytes before it", [FILE], { before: bytes(1, 2, 3) }, "leave a gap at byte 0"],
    ["bytes after it", [FILE], { after: bytes(0) }, "bytes after its end"],
    ["bytes inside it", [FILE], { between: bytes(1, 2) }, "belong to no file"],
    ["a long comment", [FILE], { comment: "x".repeat(1100) }, "a comment above 1 kB"],
    ["a zip64 end", [FILE], { zip64: true }, "zip64"],
    ["fewer entries than it says", [FILE], { entries: 2 }, "cannot be read"],
    ["more entries than it says", [FILE, NOTE], { entries: 1 }, "not as long as its entries"],
    ["a directory elsewhere", [FILE], { directoryOffset: 0 }, "not where its end says"],
    ["another disk", [FILE], { disk: 1 }, "several disks"],
    ["files in one place", [FILE, { ...FILE, name: "other", offset: 0 }], {}, "files overlap"],
    ["a descriptor that lies", [{ ...FILE, described: true, crc: 5 }], {}, "checksum"],
    ["a descriptor that is not there", [{ ...FILE, flags: 8 }], {}, "is not its descriptor"],
  ])("with %s is refused", async (_, files, shape, said) => {
    expect(await objections(files, shape)).toContain(said);
  });

  it("with more bytes than all files may have together is refused", async () => {
    const half = { content: randomBytes(2 ** 21 + 60), stored: true };
    expect(
      await objections([
        { ...half, name: "a" },
        { ...half, name: "b" },
      ]),
    ).toContain("4194404 are allowed");
  });

  it("cut off anywhere is refused", async () => {
    const whole = zip([FILE, NOTE]);
    for (let length = 0; length < whole.length; length += 1)
      expect((await unzip(whole.subarray(0, length), LIMITS)).ok).toBe(false);
  });

  it("that is no archive is refused", async () => {
    for (const text of ["", "PK", "<html>", "x".repeat(1000)])
      expect((await unzip(Buffer.from(text), LIMITS)).ok).toBe(false);
  });
});

/** Archives that mutations start from. */
const SEEDS = [
  zip([FILE, NOTE]),
  zip(
    [
      { ...FILE, described: true },
      { ...NOTE, described: true },
    ],
    { comment: "c" },
  ),
  zip([{ name: "a/b", content: "0".repeat(5000) }, NOTE, FILE]),
  zip([{ ...FILE, extra: bytes(9, 9, 2, 0, 1, 1) }]),
];

/** One archive changed in one to four places. */
function mutated(index: number): Uint8Array {
  const random = seededRandom(index.toString(16).padStart(32, "7"));
  let archive = Buffer.from(SEEDS[index % SEEDS.length] ?? []);
  for (let changes = random.integer(1, 4); changes > 0; changes -= 1) {
    const at = random.integer(0, archive.length - 1);
    const to = random.integer(at, Math.min(archive.length, at + 60));
    const [before, part, after] = [archive.subarray(0, at), archive.subarray(at, to), archive.subarray(to)];
    const noise = Buffer.from(
      Array.from({ length: random.integer(1, 4) }, () => random.pick([0, 1, 0x50, 0xff, 0x4b])),
    );
    const kind = random.integer(0, 4);
    if (kind < 2) archive = Buffer.concat([before, noise, archive.subarray(at + noise.length)]);
    else if (kind === 2) archive = Buffer.concat([before, after]);
    else if (kind === 3) archive = Buffer.concat([before, part, part, after]);
    else archive = Buffer.concat([before, noise, part, after]);
  }
  return archive;
}

describe("3,000 mutated archives", () => {
  it("give files within the limits, or reasons, and never throw", async () => {
    let opened = 0;
    for (let index = 0; index < 3000; index += 1) {
      const result = await unzip(mutated(index), LIMITS);
      if (result.ok) {
        opened += 1;
        const total = [...result.files.values()].reduce((sum, { length }) => sum + length, 0);
        expect(total).toBeLessThanOrEqual(LIMITS.totalBytes);
        expect(result.files.size).toBeLessThanOrEqual(LIMITS.entries);
      } else expect(result.problems.length).toBeGreaterThan(0);
    }
    // Dates and comments are nobody's business: some mutations are harmless.
    expect(opened).toBeLessThan(600);
  }, 120_000);
});
