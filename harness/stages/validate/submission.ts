// Takes a submission folder, gives a typed Submission or everything that is wrong with it, with places.
import { createHash } from "node:crypto";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import spdxIds from "spdx-license-ids/index.json" with { type: "json" };
import type { Files } from "../../domain/ports.ts";
import type { Checked, Problem, ProblemCode } from "../../domain/problem.ts";
import { sourceParts } from "../../domain/source.ts";
import {
  provenanceSchema,
  type Submission,
  type SubmissionManifest,
  submissionSchema,
  type Vendor,
  vendorSchema,
} from "../../domain/submission.ts";
import { type Decoded, decode, type Manifest, nearest, type Schema } from "../../manifest.ts";
import type { Catalogue } from "./catalogue.ts";
import { contentOf, MANIFEST_BYTES } from "./folder.ts";
import { modelProblems } from "./onnx-model.ts";
import { semanticProblems } from "./semantics.ts";

/** A larger file is refused: sources are text that people review. */
const LARGEST_SOURCE = 2 ** 22;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function missing(code: ProblemCode, file: string, message: string, fix: string): Problem {
  return { code, place: { file, line: 1, column: 1 }, message, fix };
}

async function read<Given extends Schema>(
  folder: string,
  shown: string,
  name: string,
  schema: Given,
  files: Files,
): Promise<Checked<Manifest<Decoded<Given>>>> {
  const path = `${folder}/${name}`;
  const file = `${shown}/${name}`;
  const kind = await files.kind(path);
  if (kind === "none") {
    const fix = "create it: npx openxpu new submission shows one";
    return { ok: false, problems: [missing("MANIFEST_MISSING", file, "there is no such file", fix)] };
  }
  if (kind !== "file") {
    const fix = "replace it by a regular file";
    const found = kind === "other" ? "special file" : kind;
    return { ok: false, problems: [missing("MANIFEST_UNREADABLE", file, `it is a ${found}, not a file`, fix)] };
  }
  if ((await files.size(path)) > MANIFEST_BYTES) {
    const message = `it is larger than ${MANIFEST_BYTES / 2 ** 10} KiB`;
    return { ok: false, problems: [missing("MANIFEST_UNREADABLE", file, message, "leave out what is not a field")] };
  }
  try {
    return decode(await files.text(path), file, schema);
  } catch (error) {
    return {
      ok: false,
      problems: [missing("MANIFEST_UNREADABLE", file, reasonOf(error), "check its permissions and encoding")],
    };
  }
}

/** sha256 over names and contents. */
async function digestOf(folder: string, names: readonly string[], files: Files): Promise<string> {
  const hash = createHash("sha256");
  for (const name of names) {
    for (const part of sourceParts(name, await files.read(`${folder}/${name}`))) hash.update(part);
  }
  return hash.digest("hex");
}

async function sourceProblems(
  manifest: Manifest<SubmissionManifest>,
  folder: string,
  files: Files,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [index, name] of manifest.value.source.files.entries()) {
    const at = ["source", "files", index];
    const inside = normalize(name);
    if (isAbsolute(name) || inside === ".." || inside.startsWith("../") || name.includes("\0")) {
      problems.push(
        manifest.problem("SOURCE_OUTSIDE", at, `'${name}' leaves the folder`, "name a file inside the folder"),
      );
      continue;
    }
    // Every folder on the way must be a real one: a link would lead outside.
    const steps = inside.split("/");
    try {
      const kinds = await Promise.all(
        steps.map((_, depth) => files.kind(`${folder}/${steps.slice(0, depth + 1).join("/")}`)),
      );
      if (kinds.includes("link")) {
        problems.push(
          manifest.problem("SOURCE_OUTSIDE", at, `'${name}' is a link`, "replace the link by the file itself"),
        );
      } else if (kinds.at(-1) !== "file") {
        problems.push(
          manifest.problem("SOURCE_MISSING", at, `there is no file '${name}'`, "add the file or correct the name"),
        );
      } else if ((await files.size(`${folder}/${inside}`)) > LARGEST_SOURCE) {
        problems.push(
          manifest.problem(
            "SOURCE_OUTSIDE",
            at,
            `'${name}' is larger than 4 MiB`,
            "submit source that people can review",
          ),
        );
      } else {
        // Only to see that it can be read.
        await files.read(`${folder}/${inside}`);
      }
    } catch (error) {
      problems.push(
        manifest.problem(
          "SOURCE_MISSING",
          at,
          `'${name}' cannot be read: ${reasonOf(error)}`,
          "check its name and permissions",
        ),
      );
    }
  }
  return problems;
}

function licenseProblems(manifest: Manifest<SubmissionManifest>): Problem[] {
  const { license } = manifest.value;
  if (spdxIds.includes(license)) return [];
  const near = nearest(license, spdxIds);
  const fix =
    near === undefined
      ? "use an identifier of the SPDX licence list, for example Apache-2.0"
      : `did you mean '${near}'?`;
  return [manifest.problem("LICENSE_INVALID", ["license"], `'${license}' is no SPDX licence identifier`, fix)];
}

function placementProblems(
  manifest: Manifest<SubmissionManifest>,
  folder: string,
  vendor: Manifest<Vendor> | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const name = basename(folder);
  if (manifest.value.submission !== name) {
    const message = `submission '${manifest.value.submission}' lies in a folder named '${name}'`;
    problems.push(manifest.problem("SUBMISSION_MISPLACED", ["submission"], message, "give both the same name"));
  }
  const parent = basename(dirname(folder));
  if (vendor !== undefined && vendor.value.vendor !== parent) {
    const message = `vendor '${vendor.value.vendor}' lies in a folder named '${parent}'`;
    problems.push(vendor.problem("SUBMISSION_MISPLACED", ["vendor"], message, "give both the same name"));
  }
  return problems;
}

/** Links and special files of the folder; those that have a problem of their own, with a better place, are left out. */
function oddProblems(odd: readonly string[], shown: string, sources: readonly string[]): Problem[] {
  const told = [...sources.map((name) => normalize(name)), "submission.yaml", "PROVENANCE.yaml", "LICENSE"];
  return odd
    .filter((name) => !told.some((other) => other === name || other.startsWith(`${name}/`)))
    .map((name) => missing("SOURCE_OUTSIDE", `${shown}/${name}`, "it is a link or a special file", "remove it"));
}

async function examine(
  folder: string,
  shown: string,
  catalogue: Catalogue,
  files: Files,
): Promise<Checked<Submission>> {
  const kind = await files.kind(folder);
  if (kind !== "folder") {
    const message = kind === "none" ? "there is no such folder" : `it is a ${kind}, not a folder`;
    return { ok: false, problems: [missing("MANIFEST_MISSING", shown, message, "give the folder of a submission")] };
  }
  const content = await contentOf(folder, shown, files);
  if ("tooLarge" in content) return { ok: false, problems: [content.tooLarge] };
  const { regular, odd } = content;
  const manifest = await read(folder, shown, "submission.yaml", submissionSchema, files);
  const vendor = await read(dirname(folder), join(shown, ".."), "vendor.yaml", vendorSchema, files);
  const provenance = await read(folder, shown, "PROVENANCE.yaml", provenanceSchema, files);
  const problems: Problem[] = [manifest, vendor, provenance].flatMap((checked) => (checked.ok ? [] : checked.problems));
  const license = `${shown}/LICENSE`;
  if ((await files.kind(`${folder}/LICENSE`)) !== "file") {
    problems.push(
      missing("LICENSE_INVALID", license, "there is no licence text", "add the text of the licence as LICENSE"),
    );
  }
  if (manifest.ok) {
    problems.push(...placementProblems(manifest.value, folder, vendor.ok ? vendor.value : undefined));
    problems.push(...licenseProblems(manifest.value));
    const sources = await sourceProblems(manifest.value, folder, files);
    problems.push(...sources);
    const { source, op } = manifest.value.value;
    const [model] = source.files;
    if (source.dialect === "onnx" && model !== undefined && sources.length === 0) {
      const bytes = await files.read(`${folder}/${model}`);
      problems.push(...modelProblems(manifest.value, bytes, `${shown}/${model}`, catalogue.ops.get(op)?.value));
    }
    problems.push(...semanticProblems(manifest.value, vendor.ok ? vendor.value.value : undefined, catalogue));
  }
  problems.push(...oddProblems(odd, shown, manifest.ok ? manifest.value.value.source.files : []));
  if (!manifest.ok || !vendor.ok || !provenance.ok || problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      folder,
      path: shown,
      manifest: manifest.value.value,
      vendor: vendor.value.value,
      provenance: provenance.value.value,
      digest: await digestOf(folder, regular, files),
    },
  };
}

/**
 * Validates one submission folder.
 * @param folder absolute path
 * @param shown the path as people know it
 */
export async function validateSubmission(
  folder: string,
  shown: string,
  catalogue: Catalogue,
  files: Files,
): Promise<Checked<Submission>> {
  try {
    return await examine(folder, shown, catalogue, files);
  } catch (error) {
    // What the file system refuses is the submitter's to mend; anything else is a fault of the harness.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return {
      ok: false,
      problems: [missing("MANIFEST_UNREADABLE", shown, error.message, "check the names and permissions of its files")],
    };
  }
}
