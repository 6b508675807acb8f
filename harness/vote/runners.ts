// The jobs of real devices: which submission on which chip by which runner. Labels come from reviewed files of the base commit alone.
import type { Problem, Checked } from "../domain/problem.ts";
import type { Runners } from "../domain/runner.ts";
import type { SubmissionManifest, Vendor } from "../domain/submission.ts";
import type { Manifest } from "../manifest.ts";

/** GitHub runs at most so many jobs of one matrix. */
export const MOST_JOBS = 256;

/** A vendor with the submissions that are asked for. */
export interface VendorFolder {
  readonly vendor: Manifest<Vendor>;
  readonly submissions: readonly Manifest<SubmissionManifest>[];
}

/** One entry of the matrix, in GitHub's words. */
export interface DeviceJob {
  readonly vendor: string;
  readonly submission: string;
  readonly chip: string;
  readonly backend: string;
  /** Protected environment whose reviewers let the job run. */
  readonly environment: string;
  readonly "runs-on": readonly string[];
}

/** `device-<class>`, where a class is one kind of chip; bundles allow a job's name 40 characters. */
function environmentOf(chip: string): string {
  return `device-${chip.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`.slice(0, 40);
}

/** Labels that nobody has reviewed, at their place. */
function strayLabels(vendor: Manifest<Vendor>, { labels }: Runners): Problem[] {
  return vendor.value.chips.flatMap(({ runner }, chip) =>
    runner.flatMap((label, index) =>
      labels.includes(label)
        ? []
        : [
            vendor.problem(
              "VALUE_INVALID",
              ["chips", chip, "runner", index],
              `runner label '${label}' is not on the list`,
              `choose one of ${labels.join(", ")}, or have it reviewed in .github/governance/runners.yaml`,
            ),
          ],
    ),
  );
}

function jobsOf({ value: vendor }: Manifest<Vendor>, submission: Manifest<SubmissionManifest>): Checked<DeviceJob[]> {
  const { backend, chips } = submission.value.device;
  const jobs: DeviceJob[] = [];
  const problems: Problem[] = [];
  for (const [index, name] of chips.entries()) {
    const chip = vendor.chips.find((one) => one.name === name && one.backend === backend);
    if (chip === undefined)
      problems.push(
        submission.problem(
          "CHIP_UNKNOWN",
          ["device", "chips", index],
          `vendor.yaml of '${vendor.vendor}' has no chip '${name}' of backend '${backend}'`,
          `choose one of ${vendor.chips.map((one) => one.name).join(", ")}, or add it to vendor.yaml first`,
        ),
      );
    // A chip without labels is one that nobody lends: judged in emulation only.
    else if (chip.runner.length > 0)
      jobs.push({
        vendor: vendor.vendor,
        submission: submission.value.submission,
        chip: name,
        backend,
        environment: environmentOf(name),
        "runs-on": [...chip.runner],
      });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: jobs };
}

const order = (job: DeviceJob): string => [job.vendor, job.submission, job.chip].join("/");

/** The matrix of device jobs, sorted; every problem of every file at once. */
export function deviceJobs(folders: readonly VendorFolder[], runners: Runners): Checked<readonly DeviceJob[]> {
  const problems = folders.flatMap(({ vendor }) => strayLabels(vendor, runners));
  const jobs: DeviceJob[] = [];
  for (const { vendor, submissions } of folders) {
    for (const submission of submissions) {
      const found = jobsOf(vendor, submission);
      if (found.ok) jobs.push(...found.value);
      else problems.push(...found.problems);
    }
  }
  if (jobs.length > MOST_JOBS)
    problems.push({
      code: "VALUE_INVALID",
      place: { file: "vendors", line: 1, column: 1 },
      message: `${jobs.length} device jobs, ${MOST_JOBS} is the most that one matrix holds`,
      fix: "plan one submission with --changed",
    });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: jobs.toSorted((one, other) => (order(one) < order(other) ? -1 : 1)) };
}
