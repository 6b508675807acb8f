// Which submission a pull request is about: all its paths lie in one submission's folder, or it is no submission.
import type { ChangedFile } from "../domain/github.ts";
import type { Checked, Problem, ProblemCode } from "../domain/problem.ts";

/** The one submission that a pull request changes. */
export interface ChangedSubmission {
  readonly vendor: string;
  readonly submission: string;
  /** `vendors/<vendor>/<submission>` */
  readonly path: string;
  /** The pull request also adds the vendor's first `vendor.yaml`. */
  readonly addsVendor: boolean;
}

/** More are counted and not listed: the paths are as many as the author likes. */
const MOST_LISTED = 20;
const LONGEST_SHOWN = 120;

/** Of vendors and submissions, as their manifests have them: lower case, so that no other spelling is the same folder on some disk. */
const FOLDER = /^[a-z0-9][a-z0-9_-]*$/;
/**
 * Below a submission. Nothing begins with a dot: `.gitattributes` would change what is checked out, `.npmrc` what runs. Nothing but ASCII:
 * git and GitHub's API write other names differently.
 */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$/;

/** What a path is to the rule. */
type Part =
  | { readonly kind: "submission"; readonly vendor: string; readonly submission: string }
  | { readonly kind: "vendor"; readonly vendor: string }
  | { readonly kind: "outside"; readonly why: string };

function partOf(path: string): Part {
  const [root, vendor = "", submission = "", ...rest] = path.split("/");
  if (root !== "vendors") return { kind: "outside", why: "lies outside vendors/" };
  if (!FOLDER.test(vendor)) return { kind: "outside", why: "names no vendor's folder" };
  if (submission === "vendor.yaml" && rest.length === 0) return { kind: "vendor", vendor };
  if (!FOLDER.test(submission) || rest.length === 0)
    return { kind: "outside", why: "lies outside vendors/<vendor>/<submission>/" };
  if (!rest.every((name) => NAME.test(name) && !name.endsWith(".")))
    return { kind: "outside", why: "has a name with other characters than letters, digits, '_', '.', '+' and '-'" };
  return { kind: "submission", vendor, submission };
}

const FIX =
  "change one folder vendors/<vendor>/<submission>/ and nothing else; the rest goes into a pull request of its own";

const shown = (path: string): string => (path.length > LONGEST_SHOWN ? `${path.slice(0, LONGEST_SHOWN)}…` : path);

function problem(code: ProblemCode, path: string, message: string): Problem {
  return { code, place: { file: path === "" ? "." : shown(path), line: 1, column: 1 }, message, fix: FIX };
}

/** Two paths that one disk holds as one file. */
function collisions(paths: readonly string[]): Problem[] {
  const seen = new Map<string, string>();
  return paths.flatMap((path) => {
    const first = seen.get(path.toLowerCase());
    if (first === undefined) seen.set(path.toLowerCase(), path);
    if (first === undefined || first === path) return [];
    return [problem("SOURCE_OUTSIDE", path, "differs from another path in upper and lower case only")];
  });
}

function listed(problems: readonly Problem[]): Problem[] {
  const rest = problems.length - MOST_LISTED;
  if (rest <= 0) return [...problems];
  return [...problems.slice(0, MOST_LISTED), problem("SOURCE_OUTSIDE", "", `${rest} more paths are refused`)];
}

/** `vendor.yaml` is reviewed by people; only the first one comes with a submission. */
function vendorProblems(files: readonly ChangedFile[]): Problem[] {
  return files
    .filter(({ path, previous, status }) => {
      const named = [path, ...(previous === null ? [] : [previous])];
      return named.some((one) => partOf(one).kind === "vendor") && (status !== "added" || previous !== null);
    })
    .map(({ path }) => problem("SOURCE_OUTSIDE", path, "changes a vendor.yaml that is already there"));
}

/**
 * The rule of paths: every path, of a rename both, lies in `vendors/<one vendor>/<submission>/`; a first `vendor.yaml` of that vendor may come
 * with it. Links and modes cannot be seen in paths: validation refuses links, a path that is the submission's folder itself is refused here.
 * @param files all paths that a pull request changes, from GitHub's API or from git
 */
export function changedSubmission(files: readonly ChangedFile[]): Checked<ChangedSubmission> {
  if (files.length === 0) return { ok: false, problems: [problem("SOURCE_MISSING", "", "no path is changed")] };
  const paths = files.flatMap(({ path, previous }) => (previous === null ? [path] : [path, previous]));
  const parts = paths.map((path) => ({ path, part: partOf(path) }));
  const problems = [
    ...parts.flatMap(({ path, part }) =>
      part.kind === "outside" ? [problem("SOURCE_OUTSIDE", path, `'${shown(path)}' ${part.why}`)] : [],
    ),
    ...vendorProblems(files),
    ...collisions(paths),
  ];
  if (problems.length > 0) return { ok: false, problems: listed(problems) };
  const vendors = new Set(parts.flatMap(({ part }) => (part.kind === "outside" ? [] : [part.vendor])));
  const submissions = new Set(parts.flatMap(({ part }) => (part.kind === "submission" ? [part.submission] : [])));
  const [vendor = ""] = vendors;
  const [submission] = submissions;
  if (vendors.size > 1 || submissions.size > 1) {
    const names = [...new Set(parts.map(({ path }) => path.split("/").slice(0, 3).join("/")))].sort();
    return {
      ok: false,
      problems: listed(names.map((name) => problem("SOURCE_OUTSIDE", name, "is one of several that are changed"))),
    };
  }
  if (submission === undefined)
    return {
      ok: false,
      problems: [
        problem("SOURCE_MISSING", `vendors/${vendor}`, "a vendor without a submission: nothing can be judged"),
      ],
    };
  const addsVendor = parts.some(({ part }) => part.kind === "vendor");
  return { ok: true, value: { vendor, submission, path: `vendors/${vendor}/${submission}`, addsVendor } };
}
