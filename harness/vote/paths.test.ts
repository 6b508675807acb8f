// The rule of paths: which changes are one submission, and the ways to look like one.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../domain/github.ts";
import { changedSubmission } from "./paths.ts";

const file = (
  path: string,
  status: ChangedFile["status"] = "modified",
  previous: string | null = null,
): ChangedFile => ({
  path,
  previous,
  status,
});

const HERE = "vendors/acme/sums";

/** What is said of a change that is refused; throws for one that is not. */
function refused(...files: readonly ChangedFile[]): string {
  const checked = changedSubmission(files);
  if (checked.ok) throw new Error(`taken as ${checked.value.path}`);
  return checked.problems.map(({ place, message }) => `${place.file}: ${message}`).join("\n");
}

describe("a change inside one submission's folder", () => {
  it("is that submission", () => {
    const files = [
      file(`${HERE}/kernel.cc`),
      file(`${HERE}/include/a-b+c.h`, "added"),
      file(`${HERE}/old.cc`, "removed"),
    ];
    expect(changedSubmission(files)).toEqual({
      ok: true,
      value: { vendor: "acme", submission: "sums", path: HERE, addsVendor: false },
    });
  });

  it("may bring the vendor's first vendor.yaml", () => {
    const checked = changedSubmission([file("vendors/acme/vendor.yaml", "added"), file(`${HERE}/kernel.cc`, "added")]);
    expect(checked).toMatchObject({ ok: true, value: { addsVendor: true } });
  });

  it("may rename inside it", () => {
    expect(changedSubmission([file(`${HERE}/b.cc`, "renamed", `${HERE}/a.cc`)])).toMatchObject({ ok: true });
  });
});

describe("a change of anything else", () => {
  it.each([
    "harness/cli.ts",
    ".github/workflows/pr-emulate.yml",
    "vendors/README.md",
    "vendors/acme/README.md",
    "Vendors/acme/sums/a.cc",
    "vendors/Acme/sums/a.cc",
    "vendors/acme/Sums/a.cc",
    "vendors/acme/sums",
    "vendors/acme/sums/",
    "vendors/acme/sums/../../../harness/cli.ts",
    "vendors/../harness/x/cli.ts",
    "vendors//sums/a.cc",
    "/vendors/acme/sums/a.cc",
    "./vendors/acme/sums/a.cc",
    "vendors\\acme\\sums\\a.cc",
    "vendors/acme/sums/.gitattributes",
    "vendors/acme/sums/.git/config",
    "vendors/acme/sums/a.cc.",
    "vendors/acme/sums/a\n.cc",
    "vendors/acme/sums/a\u202e.cc",
    "vendors/аcme/sums/a.cc",
    '"vendors/acme/sums/\\303\\274.cc"',
    "",
  ])("is refused: %j", (path) => {
    expect(refused(file(path))).not.toBe("");
    expect(refused(file(`${HERE}/kernel.cc`), file(path))).not.toBe("");
  });

  it("is refused where a rename leaves or enters the folder", () => {
    expect(refused(file(`${HERE}/a.ts`, "renamed", "harness/cli.ts"))).toContain("harness/cli.ts");
    expect(refused(file("harness/cli.ts", "renamed", `${HERE}/a.ts`))).toContain("harness/cli.ts");
  });

  it("is refused where nothing is changed, and where a vendor comes alone", () => {
    expect(refused()).toContain("no path is changed");
    expect(refused(file("vendors/acme/vendor.yaml", "added"))).toContain("without a submission");
  });

  it("is refused where it is two submissions, or two vendors", () => {
    expect(refused(file(`${HERE}/a.cc`), file("vendors/acme/other/a.cc"))).toContain("vendors/acme/other");
    expect(refused(file(`${HERE}/a.cc`), file("vendors/emca/vendor.yaml", "added"))).toContain("vendors/emca");
  });

  it.each([
    file("vendors/acme/vendor.yaml", "modified"),
    file("vendors/acme/vendor.yaml", "removed"),
    file("vendors/acme/vendor.yaml", "added", `${HERE}/vendor.yaml`),
    file(`${HERE}/vendor.yaml`, "renamed", "vendors/acme/vendor.yaml"),
  ])("is refused where it touches a vendor.yaml that is there", (changed) => {
    expect(refused(file(`${HERE}/a.cc`), changed)).toContain("already there");
  });

  it("is refused where two names are one on some disks", () => {
    expect(refused(file(`${HERE}/a.cc`), file(`${HERE}/A.cc`))).toContain("upper and lower case");
  });

  it("names every path, up to a number that people read", () => {
    const many = Array.from({ length: 3000 }, (_, index) => file(`docs/${index}.md`));
    const lines = refused(...many).split("\n");
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toContain("2980 more");
    expect(refused(file("x".repeat(5000))).length).toBeLessThan(400);
  });
});

describe("the rule of paths", () => {
  it("accepts nothing with a path outside the folder it names", () => {
    const name = fc.oneof(
      fc.constantFrom("vendors", "acme", "sums", "..", ".", "", "vendor.yaml", "a.cc", "A"),
      fc.string(),
    );
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join("/"));
    const status = fc.constantFrom<ChangedFile["status"]>("added", "modified", "renamed");
    const files = fc.array(fc.record({ path, previous: fc.option(path), status }), { maxLength: 4 });
    fc.assert(
      fc.property(files, (changed) => {
        const checked = changedSubmission(changed);
        if (!checked.ok) return checked.problems.length > 0;
        const { path: folder, vendor } = checked.value;
        const paths = changed.flatMap((one) => (one.previous === null ? [one.path] : [one.path, one.previous]));
        return paths.every(
          (one) => (one.startsWith(`${folder}/`) && !one.includes("..")) || one === `vendors/${vendor}/vendor.yaml`,
        );
      }),
      { numRuns: 20_000 },
    );
  });
});
