// Takes the manifest of an op, gives what contradicts itself in it: expressions, dtype variables, cases.
import { ExpressionError, namesIn } from "../../domain/expression.ts";
import { bindCase, CASE_BYTES, caseBytes, type Op } from "../../domain/op.ts";
import type { Problem } from "../../domain/problem.ts";
import { type Manifest, nearest, oneOf, type Path } from "../../manifest.ts";
import { dtypeAssignments, publishedCases } from "./cases.ts";

function expressionProblems(manifest: Manifest<Op>): Problem[] {
  const op = manifest.value;
  const known = new Set([...Object.keys(op.axes), ...Object.keys(op.derived), ...Object.keys(op.attributes)]);
  const problems: Problem[] = [];
  const check = (expression: string | number, path: Path): void => {
    try {
      const unknown = namesIn(expression).find((name) => !known.has(name));
      if (unknown !== undefined) throw new ExpressionError(`unknown name '${unknown}'`, 0);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push(
        manifest.problem("EXPRESSION_INVALID", path, message, "use axes, attributes and + - * // % comparisons"),
      );
    }
  };
  for (const [name, expression] of Object.entries(op.derived)) check(expression, ["derived", name]);
  op.constraints.forEach((expression, index) => {
    check(expression, ["constraints", index]);
  });
  for (const [name, expression] of Object.entries(op.factors)) check(expression, ["factors", name]);
  check(op.work, ["work"]);
  for (const side of ["inputs", "outputs"] as const) {
    for (const [name, tensor] of Object.entries(op[side])) {
      tensor.shape.forEach((extent, index) => {
        check(extent, [side, name, "shape", index]);
      });
    }
  }
  return problems;
}

/** Names that cases and draws use and the op does not have: a slip there would silently test something else. */
function nameProblems(manifest: Manifest<Op>): Problem[] {
  const op = manifest.value;
  const problems: Problem[] = [];
  const check = (path: Path, names: readonly string[], known: readonly string[]): void => {
    for (const name of names.filter((one) => !known.includes(one))) {
      const near = nearest(name, known);
      const fix =
        near !== undefined ? `did you mean '${near}'?` : known.length === 0 ? "remove it" : `choose ${oneOf(known)}`;
      problems.push(manifest.problem("VALUE_INVALID", path, `${op.op} has no '${name}' here`, fix));
    }
  };
  const optional = [...Object.entries(op.inputs), ...Object.entries(op.outputs)].flatMap(([name, tensor]) =>
    tensor.optional ? [name] : [],
  );
  check(["draw"], Object.keys(op.draw), Object.keys(op.attributes));
  op.cases.forEach((one, index) => {
    check(["cases", index, "axes"], Object.keys(one.axes), Object.keys(op.axes));
    check(["cases", index, "attributes"], Object.keys(one.attributes), Object.keys(op.attributes));
    check(["cases", index, "dtypes"], Object.keys(one.dtypes), Object.keys(op.dtypes));
    check(["cases", index, "absent"], one.absent, optional);
  });
  return problems;
}

/** Records are found by the names of cases: no two are alike, and none looks like a hidden one. */
function twinProblems(manifest: Manifest<Op>): Problem[] {
  const names = publishedCases(manifest.value).map((bound) => bound.name);
  return names
    .filter((name, index) => names.indexOf(name) !== index || /^hidden_\d+$/.test(name))
    .map((name) =>
      manifest.problem("VALUE_INVALID", ["cases"], `the name '${name}' is taken`, "give the case another name"),
    );
}

/** Everything that is wrong with an op beyond its schema. */
export function opProblems(manifest: Manifest<Op>): readonly Problem[] {
  const problems = [...expressionProblems(manifest), ...nameProblems(manifest)];
  if (problems.length > 0) return problems;
  const op = manifest.value;
  const classes = op.numerics.map((numerics) => numerics.class);
  for (const [executor, reference] of Object.entries(op.references)) {
    if (!classes.includes(reference.numerics)) {
      const fix = `choose one of ${classes.join(", ")}`;
      problems.push(
        manifest.problem("NUMERICS_UNKNOWN", ["references", executor], `'${reference.numerics}' is no class here`, fix),
      );
    }
  }
  op.cases.forEach((one, index) => {
    for (const dtypes of dtypeAssignments(op, one.dtypes)) {
      try {
        const bytes = caseBytes(bindCase(op, one, dtypes, false));
        if (bytes > CASE_BYTES) {
          const size = `${(bytes / 2 ** 30).toFixed(1)} GiB of tensors, above ${CASE_BYTES / 2 ** 30} GiB`;
          throw new RangeError(`its shapes need ${size}`);
        }
      } catch (error) {
        const message = `case '${one.name}': ${error instanceof Error ? error.message : String(error)}`;
        problems.push(manifest.problem("OP_INVALID", ["cases", index], message, "correct the case or the op's axes"));
        return;
      }
    }
  });
  return problems.length > 0 ? problems : twinProblems(manifest);
}
