// Rules: a page keeps its name from run to run, and no two pages share one.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixtureRecords } from "./fixture.ts";
import { caseFile, rejectedFile, submissionFile, uniqueNames } from "./names.ts";

const record = (() => {
  const [first] = fixtureRecords();
  if (first === undefined) throw new Error("no fixture");
  return first;
})();

describe("names", () => {
  it("says vendor, submission, device and case", () => {
    const submission = "acme.acme_conv2d_nhwc_int8.emulated-npu.a370.emulated";
    expect(submissionFile(record)).toBe(`submission-${submission}.html`);
    expect(caseFile(record)).toBe(`case-${submission}.resnet50_stage2.html`);
  });
  it("does not depend on the run", () => {
    expect(caseFile({ ...record, run: "another", time: "2027-01-01T00:00:00Z" } as typeof record)).toBe(
      caseFile(record),
    );
  });
  it("is a plain file name of bounded length for any text, and differs where the texts differ", () => {
    const names = fc.uniqueArray(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), {
      selector: ([vendor, submission]) => JSON.stringify([vendor, submission]).toLowerCase(),
    });
    fc.assert(
      fc.property(names, (pairs) => {
        const files = pairs.map(([vendor, submission]) => rejectedFile(vendor, submission));
        for (const file of files) {
          expect(file).toMatch(/^rejected-[a-z0-9._-]+\.html$/);
          expect(file.length).toBeLessThan(200);
        }
        expect(new Set(files).size).toBe(files.length);
      }),
    );
  });
  it("keeps apart parts that would read the same when joined", () => {
    expect(rejectedFile("a.b", "c")).not.toBe(rejectedFile("a", "b.c"));
  });
  it("numbers a name that comes again", () => {
    expect(uniqueNames(["a.html", "b.html", "a.html", "a.html"])).toEqual(["a.html", "b.html", "a~2.html", "a~3.html"]);
  });
});
