// Runner labels: a vendor asks, the reviewed list allows; the matrix says the same in every order.
import { describe, expect, it } from "vitest";
import { runnersSchema } from "../domain/runner.ts";
import { submissionSchema, vendorSchema } from "../domain/submission.ts";
import { decode, type Manifest, type Schema } from "../manifest.ts";
import { deviceJobs, MOST_JOBS, type VendorFolder } from "./runners.ts";

function manifest<Given extends Schema>(
  text: string,
  name: string,
  schema: Given,
): Manifest<ReturnType<Given["parse"]>> {
  const decoded = decode(text, name, schema);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return decoded.value as Manifest<ReturnType<Given["parse"]>>;
}

function vendor(name: string, chips: string, ...submissions: readonly (readonly [string, string])[]): VendorFolder {
  const text = `edition: 1\nvendor: ${name}\nnames: {en: A, zh: B}\nchips:\n${chips}`;
  return {
    vendor: manifest(text, `vendors/${name}/vendor.yaml`, vendorSchema),
    submissions: submissions.map(([submission, wanted]) =>
      manifest(
        `edition: 1\nsubmission: ${submission}\nversion: 1.0.0\nop: negate\nlicense: MIT\ndevice: {backend: turbo, chips: [${wanted}]}\nsource: {dialect: cuda, files: [a.cu]}\nentry: a\nnumerics: {class: fp32}\n`,
        `vendors/${name}/${submission}/submission.yaml`,
        submissionSchema,
      ),
    ),
  };
}

const RUNNERS = runnersSchema.parse({ edition: 1, labels: ["self-hosted", "t1", "t2"] });
const T1 = "  - {name: T 1, backend: turbo, runner: [self-hosted, t1]}\n";

describe("a device job", () => {
  it("has the labels of the vendor's chip and an environment of its own", () => {
    expect(deviceJobs([vendor("acme", T1, ["sums", "T 1"])], RUNNERS)).toEqual({
      ok: true,
      value: [
        {
          vendor: "acme",
          submission: "sums",
          chip: "T 1",
          backend: "turbo",
          environment: "device-t-1",
          "runs-on": ["self-hosted", "t1"],
        },
      ],
    });
  });

  it("is not there for a chip that nobody lends", () => {
    expect(deviceJobs([vendor("acme", "  - {name: T1, backend: turbo}\n", ["sums", "T1"])], RUNNERS)).toEqual({
      ok: true,
      value: [],
    });
  });

  it("is refused for a label outside the list, with its place, whether a submission asks for it or not", () => {
    const stray = vendor("acme", `${T1}  - {name: T2, backend: turbo, runner: [self-hosted, 'gpu"; id']}\n`);
    const jobs = deviceJobs([stray], RUNNERS);
    expect(jobs).toMatchObject({
      ok: false,
      problems: [{ code: "VALUE_INVALID", place: { file: "vendors/acme/vendor.yaml", line: 6, column: 54 } }],
    });
  });

  it("is refused for a chip that vendor.yaml does not have, or has on another backend", () => {
    const elsewhere = "  - {name: T1, backend: cpu, runner: [t1]}\n";
    expect(deviceJobs([vendor("acme", elsewhere, ["sums", "T1"], ["more", "T9"])], RUNNERS)).toMatchObject({
      ok: false,
      problems: [{ code: "CHIP_UNKNOWN" }, { code: "CHIP_UNKNOWN" }],
    });
  });

  it("stands at the same place whatever the order of the folders", () => {
    const folders = ["b", "a", "c"].map((name) => vendor(name, T1, ["sums", "T 1"], ["max", "T 1"]));
    const jobs = deviceJobs(folders, RUNNERS);
    expect(jobs).toEqual(deviceJobs(folders.toReversed(), RUNNERS));
    expect(jobs.ok ? jobs.value.map((job) => `${job.vendor}/${job.submission}`) : []).toEqual([
      "a/max",
      "a/sums",
      "b/max",
      "b/sums",
      "c/max",
      "c/sums",
    ]);
  });

  it("is one of at most 256", () => {
    const names = Array.from({ length: MOST_JOBS + 1 }, (_, index) => [`s${index}`, "T 1"] as const);
    expect(deviceJobs([vendor("acme", T1, ...names.slice(1))], RUNNERS)).toMatchObject({ ok: true });
    expect(deviceJobs([vendor("acme", T1, ...names)], RUNNERS)).toMatchObject({
      ok: false,
      problems: [{ code: "VALUE_INVALID" }],
    });
  });
});

describe("the list of labels", () => {
  it.each([[{ edition: 1, labels: [] }], [{ edition: 2, labels: ["a"] }], [{ edition: 1, labels: ["a b"] }]])(
    "cannot be %j",
    (value) => {
      expect(runnersSchema.safeParse(value).success).toBe(false);
    },
  );
});
