// Files on the real disk: what is written is whole or not there, and what is not a file is told apart.
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diskFiles } from "./files.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "openxpu-files-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("files", () => {
  it("are read as they were written, bytes and text, in folders that were not there", async () => {
    const bytes = Uint8Array.of(0, 255, 10, 13);
    await diskFiles.write(`${root}/a/b/bytes`, bytes);
    await diskFiles.write(`${root}/a/b/text`, "é\n");
    expect(await diskFiles.read(`${root}/a/b/bytes`)).toEqual(bytes);
    expect(await diskFiles.text(`${root}/a/b/text`)).toBe("é\n");
    expect(await diskFiles.list(`${root}/a/b`)).toEqual(["bytes", "text"]);
  });

  it("are whole: of many writers at once one wins, and nothing else is left", async () => {
    const folder = `${root}/whole`;
    const contents = Array.from({ length: 20 }, (_, index) => String(index % 10).repeat(100_000));
    await Promise.all(contents.map((content) => diskFiles.write(`${folder}/file`, content)));
    expect(contents).toContain(await diskFiles.text(`${folder}/file`));
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("that cannot be written leave nothing behind", async () => {
    const folder = `${root}/refused`;
    await diskFiles.write(`${folder}/taken/inside`, "");
    await expect(diskFiles.write(`${folder}/taken`, "text")).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(["taken"]);
  });

  it("grow by what is appended", async () => {
    await diskFiles.append(`${root}/log/lines`, "a\n");
    await diskFiles.append(`${root}/log/lines`, "b\n");
    expect(await diskFiles.text(`${root}/log/lines`)).toBe("a\nb\n");
  });

  it("that are not there cannot be read, are none, and list as nothing", async () => {
    await expect(diskFiles.read(`${root}/none`)).rejects.toMatchObject({ code: "ENOENT" });
    expect([await diskFiles.kind(`${root}/none`), await diskFiles.list(`${root}/none`)]).toEqual(["none", []]);
    await diskFiles.write(`${root}/file`, "");
    expect([await diskFiles.kind(`${root}/file/below`), await diskFiles.list(`${root}/file`)]).toEqual(["none", []]);
  });

  it("have a kind of their own: links are not followed, a socket is neither", async () => {
    await diskFiles.write(`${root}/kinds/file`, "");
    symlinkSync("file", `${root}/kinds/link`);
    symlinkSync("nowhere", `${root}/kinds/dangling`);
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(`${root}/kinds/socket`, resolve);
    });
    const kind = async (name: string): Promise<string> => diskFiles.kind(`${root}/kinds/${name}`);
    expect([
      await kind("file"),
      await kind("."),
      await kind("link"),
      await kind("dangling"),
      await kind("socket"),
    ]).toEqual(["file", "folder", "link", "link", "other"]);
    server.close();
  });
});

describe("lines that are appended at once", () => {
  it("are whole and in the order they were asked for", async () => {
    const path = `${root}/at-once.jsonl`;
    const lines = Array.from({ length: 40 }, (_, index) => `${index}:${"x".repeat(1000 * (index % 7))}\n`);
    await Promise.all(lines.map((line) => diskFiles.append(path, line)));
    expect(await diskFiles.text(path)).toBe(lines.join(""));
  });
});
