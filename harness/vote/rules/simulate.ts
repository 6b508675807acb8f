// A policy tried on a recorded election: what `vote simulate <file>` computes.
import { electionSchema } from "../../domain/election.ts";
import type { Policy } from "../../domain/governance.ts";
import type { Checked, Problem } from "../../domain/problem.ts";
import type { Tally } from "../../domain/vote.ts";
import { decode, type Path } from "../../manifest.ts";
import { tally } from "./tally.ts";

/** Places of numbers that came before. */
function repeated(numbers: readonly number[]): number[] {
  const seen = new Set<number>();
  return numbers.flatMap((number, index) => {
    const known = seen.has(number);
    seen.add(number);
    return known ? [index] : [];
  });
}

/** The tally of the election in `text` (YAML or JSON; `file` is the path that people see), or every problem with its place. */
export function simulate(text: string, file: string, policy: Policy): Checked<Tally> {
  const decoded = decode(text, file, electionSchema);
  if (!decoded.ok) return decoded;
  const manifest = decoded.value;
  const { value } = manifest;
  const wrong = (path: Path, message: string, fix: string): Problem =>
    manifest.problem("VALUE_INVALID", path, message, fix);
  const problems = [
    ...repeated(value.electors.map(({ id }) => id)).map((index) =>
      wrong(["electors", index, "id"], "the elector is there twice", "keep one of the two"),
    ),
    ...repeated(value.ballots.map(({ comment }) => comment)).map((index) =>
      wrong(["ballots", index, "comment"], "the comment is there twice", "keep its last state"),
    ),
    ...value.ballots.flatMap(({ created, updated = created }, index) =>
      Date.parse(updated) >= Date.parse(created)
        ? []
        : [
            wrong(
              ["ballots", index, "updated"],
              "a comment cannot be edited before it is written",
              "correct the times",
            ),
          ],
    ),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const ballots = value.ballots.map((ballot) => ({ ...ballot, updated: ballot.updated ?? ballot.created }));
  return { ok: true, value: tally(value.electors, ballots, policy, value.deadline) };
}
