// Takes a decoded submission manifest, gives what contradicts the op, the backend or the vendor's chips.
import { evaluate, ExpressionError, namesIn } from "../../domain/expression.ts";
import { numericsClass, type Op, scopeOf } from "../../domain/op.ts";
import type { Problem } from "../../domain/problem.ts";
import type { SubmissionManifest, Vendor } from "../../domain/submission.ts";
import { type Manifest, nearest, oneOf, type Path } from "../../manifest.ts";
import { publishedCases, unsupportedReason } from "./cases.ts";
import { hiddenCases } from "./hidden.ts";
import type { Catalogue } from "./catalogue.ts";

function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? `choose ${oneOf(known)}` : `did you mean '${near}'?`;
}

function deviceProblems(
  manifest: Manifest<SubmissionManifest>,
  vendor: Vendor | undefined,
  catalogue: Catalogue,
): Problem[] {
  const { device, source } = manifest.value;
  const backend = catalogue.backends.get(device.backend)?.value;
  if (backend === undefined) {
    const fix = suggestion(device.backend, [...catalogue.backends.keys()]);
    return [manifest.problem("BACKEND_UNKNOWN", ["device", "backend"], `there is no backend '${device.backend}'`, fix)];
  }
  const problems: Problem[] = [];
  if (!backend.dialects.some((dialect) => dialect === source.dialect)) {
    const message = `backend '${device.backend}' does not take dialect '${source.dialect}'`;
    problems.push(
      manifest.problem("DIALECT_UNKNOWN", ["source", "dialect"], message, suggestion(source.dialect, backend.dialects)),
    );
  }
  const chips = vendor?.chips.filter((chip) => chip.backend === device.backend).map((chip) => chip.name);
  device.chips.forEach((chip, index) => {
    if (chips !== undefined && !chips.includes(chip)) {
      const fix = chips.length === 0 ? "add the chip to vendor.yaml" : suggestion(chip, chips);
      problems.push(
        manifest.problem(
          "CHIP_UNKNOWN",
          ["device", "chips", index],
          `vendor.yaml has no '${chip}' on '${device.backend}'`,
          fix,
        ),
      );
    }
  });
  return problems;
}

function supportsProblems(manifest: Manifest<SubmissionManifest>, op: Op): Problem[] {
  const { supports } = manifest.value;
  const problems: Problem[] = [];
  const unknown = (path: Path, word: string, what: string, known: readonly string[]): void => {
    problems.push(
      manifest.problem("VALUE_INVALID", path, `'${word}' is no ${what} of ${op.op}`, suggestion(word, known)),
    );
  };
  const axes = Object.keys(op.axes);
  for (const axis of Object.keys(supports.axes))
    if (!axes.includes(axis)) unknown(["supports", "axes", axis], axis, "axis", axes);
  const attributes = Object.keys(op.attributes);
  for (const name of Object.keys(supports.attributes)) {
    if (!attributes.includes(name)) unknown(["supports", "attributes", name], name, "attribute", attributes);
  }
  for (const [variable, dtypes] of Object.entries(supports.dtypes)) {
    const known = op.dtypes[variable];
    if (known === undefined) {
      unknown(["supports", "dtypes", variable], variable, "dtype variable", Object.keys(op.dtypes));
      continue;
    }
    dtypes.forEach((dtype, index) => {
      if (known.some((name) => name === dtype)) return;
      const message = `${dtype} is not a dtype of ${op.op} (${variable} has ${known.join(", ")})`;
      const fix = `choose one of those, or propose the dtype in kernels/${op.op}/op.yaml`;
      problems.push(manifest.problem("OP_DTYPE_UNSUPPORTED", ["supports", "dtypes", variable, index], message, fix));
    });
  }
  const names = [...axes, ...attributes, ...Object.keys(op.derived)];
  supports.constraints.forEach((constraint, index) => {
    try {
      const stray = namesIn(constraint).find((name) => !names.includes(name));
      if (stray !== undefined) throw new ExpressionError(`unknown name '${stray}'`, 0);
      // A tuple without its index or a division by zero shows only in a case.
      for (const bound of publishedCases(op)) evaluate(constraint, scopeOf(bound));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push(
        manifest.problem("EXPRESSION_INVALID", ["supports", "constraints", index], message, `use ${oneOf(names)}`),
      );
    }
  });
  return problems;
}

function caseProblems(manifest: Manifest<SubmissionManifest>, op: Op): Problem[] {
  const { supports } = manifest.value;
  const withinDtypes = { axes: {}, constraints: [], attributes: {}, dtypes: supports.dtypes };
  const problems: Problem[] = publishedCases(op)
    .filter((bound) => bound.tags.includes("required") && unsupportedReason(bound, withinDtypes) === null)
    .flatMap((bound) => {
      const reason = unsupportedReason(bound, supports);
      if (reason === null) return [];
      const message = `required case '${bound.name}' is excluded: ${reason}`;
      return [
        manifest.problem("REQUIRED_CASE_EXCLUDED", ["supports"], message, "support it; only dtypes may be left out"),
      ];
    });
  // The seed does not matter: this only asks whether the axes can be satisfied at all.
  if (hiddenCases(op, supports, "0".repeat(32), 1).length === 0) {
    const message = "no case can be drawn within supports";
    problems.push(manifest.problem("AXES_UNSATISFIABLE", ["supports"], message, "widen the axes or drop a constraint"));
  }
  return problems;
}

/**
 * Variables that no submission sees: credentials and what a job knows of itself, and names by which a loader or an interpreter runs
 * foreign code. A kernel has no use for either.
 */
const FORBIDDEN =
  /TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE|^(GITHUB|ACTIONS|RUNNER|CI|SSH|AWS|AZURE|GOOGLE|NPM|NODE|PYTHON|LD|DYLD|GLIBC|BASH|OPENXPU)(_|$)|^(PATH|HOME|SHELL|ENV|IFS)$/i;

function environmentProblems(manifest: Manifest<SubmissionManifest>): Problem[] {
  const { set, pass } = manifest.value.environment;
  const named = [
    ...Object.keys(set).map((name) => ({ name, path: ["environment", "set", name] })),
    ...pass.map((name, index) => ({ name, path: ["environment", "pass", index] })),
  ];
  return named.flatMap(({ name, path }) => {
    if (/^[A-Za-z_]\w*$/.test(name) && !FORBIDDEN.test(name)) return [];
    const message = `'${name}' may not reach a kernel`;
    return [manifest.problem("VALUE_INVALID", path, message, "name only variables of the device's own libraries")];
  });
}

/** Everything that is wrong with a submission manifest beyond its schema. */
export function semanticProblems(
  manifest: Manifest<SubmissionManifest>,
  vendor: Vendor | undefined,
  catalogue: Catalogue,
): Problem[] {
  const { value } = manifest;
  const problems = [...deviceProblems(manifest, vendor, catalogue), ...environmentProblems(manifest)];
  if (!/^[A-Za-z_]\w*$/.test(value.entry)) {
    problems.push(
      manifest.problem("ENTRY_INVALID", ["entry"], `'${value.entry}' is no identifier`, "use letters, digits and '_'"),
    );
  }
  const op = catalogue.ops.get(value.op)?.value;
  if (op === undefined) {
    const fix = suggestion(value.op, [...catalogue.ops.keys()]);
    return [...problems, manifest.problem("OP_UNKNOWN", ["op"], `there is no op '${value.op}'`, fix)];
  }
  if (numericsClass(op, value.numerics.class) === undefined) {
    const fix = suggestion(
      value.numerics.class,
      op.numerics.map((numerics) => numerics.class),
    );
    const message = `'${value.numerics.class}' is no numerics class of ${op.op}`;
    problems.push(manifest.problem("NUMERICS_UNKNOWN", ["numerics", "class"], message, fix));
  }
  const supports = supportsProblems(manifest, op);
  return [...problems, ...supports, ...(supports.length === 0 ? caseProblems(manifest, op) : [])];
}
