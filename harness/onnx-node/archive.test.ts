// The export and its manifest: what was written is read, and what differs is named.
import { describe, expect, it } from "vitest";
import { casesOf, digestsOf } from "./archive.ts";
import { manifestText, readManifest, verify } from "./digests.ts";
import { exportedCase, tarOf } from "./testing/cases.ts";

const CASES = [exportedCase("test_a"), exportedCase(`test_${"long_".repeat(14)}name`), exportedCase("test_b")];

describe("an export", () => {
  it("gives its cases, long names included", () => {
    expect(casesOf(tarOf(CASES))).toEqual(CASES);
  });

  it("that is cut off or no tar file is damaged", () => {
    const tar = tarOf(CASES);
    expect(() => casesOf(tar.subarray(0, tar.length - 1024))).toThrow(/no end/);
    expect(() => casesOf(tar.subarray(0, 600))).toThrow(/damaged at byte 0/);
    expect(() => casesOf(tar.subarray(3))).toThrow(/damaged at byte 0/);
  });
});

describe("the manifest", () => {
  const manifest = readManifest(manifestText(CASES, new Set(["test_b"]), "onnx==1.23.2", "numpy"));
  const [first, long, last] = CASES;
  const changed = exportedCase("test_b", {}, [9, 9, 9, 9, 9, 9]);

  it("knows its package and finds its cases good", () => {
    expect(manifest.package).toBe("onnx==1.23.2");
    const { problems, good, own } = verify(CASES, manifest, "cases.sha256");
    expect([problems, good.size, own.size]).toEqual([[], 3, 0]);
  });

  it("lets expected outputs differ that depend on the processor, and says so", () => {
    if (first === undefined || long === undefined) throw new Error("cases are missing");
    const { problems, own } = verify([first, long, changed], manifest, "cases.sha256");
    expect([problems, [...own]]).toEqual([[], ["test_b"]]);
  });

  it("names a case whose other outputs, model or inputs changed, one that is new and one that is gone", () => {
    if (last === undefined) throw new Error("cases are missing");
    const altered = exportedCase("test_a", {}, [9, 9, 9, 9, 9, 9]);
    const other = { ...last, inputs: changed.outputs };
    const { problems, good } = verify([altered, other, exportedCase("test_new")], manifest, "cases.sha256");
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "CASE_ALTERED test_a: it is not what the manifest says",
      "CASE_ALTERED test_b: its model or inputs changed",
      "CASE_ALTERED test_new: onnx==1.23.2 has no such case",
      `CASE_ALTERED ${long?.name ?? ""}: the export does not have it`,
    ]);
    expect(good.size).toBe(0);
  });

  it("tells where one file ends and the next begins", () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    const one = digestsOf({ name: "t", model: a, inputs: [b], outputs: [] });
    const two = digestsOf({ name: "t", model: Uint8Array.of(1), inputs: [Uint8Array.of(2, 3)], outputs: [] });
    expect(one.asked).not.toBe(two.asked);
  });

  it("that is damaged is not read", () => {
    expect(() => readManifest("deadbeef test_a\n")).toThrow(/which onnx/);
    expect(() => readManifest("# onnx==1.23.2: none\ndeadbeef test_a\n")).toThrow(/no line of the manifest/);
  });
});
