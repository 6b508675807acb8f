// A policy tried on recorded elections.
import { describe, expect, it } from "vitest";
import { simulate } from "./simulate.ts";
import { tallyOf, DEADLINE, electionOf, POLICY } from "./testing/elections.ts";

const YAML = `edition: 1
deadline: ${DEADLINE}
electors:
  - {id: 1, login: alice-cambricon, organisation: cambricon}
  - {id: 2, login: bob-iluvatar, organisation: iluvatar, recused: owns the submission}
ballots:
  - {comment: 10, voter: {id: 1, login: alice-cambricon}, choice: for, created: 2026-03-01T10:00:00Z}
  - {comment: 11, voter: {id: 2, login: bob-iluvatar}, choice: for, created: 2026-03-01T11:00:00Z}
`;
const problems = (text: string): string[] => {
  const checked = simulate(text, "election.yaml", POLICY);
  return checked.ok ? [] : checked.problems.map(({ place, message }) => `${place.line}:${place.column} ${message}`);
};

describe("a recorded election", () => {
  it("in YAML by hand is tallied by the given policy", () => {
    expect(simulate(YAML, "election.yaml", POLICY)).toMatchObject({
      ok: true,
      value: { outcome: "no quorum", cast: { for: 1 }, ballots: [{ uncounted: null }, { uncounted: "recused" }] },
    });
    expect(simulate(YAML, "election.yaml", { ...POLICY, quorum: 1 })).toMatchObject({ value: { outcome: "failed" } });
  });

  it("in JSON as the ledger holds it gives what the vote gave", () => {
    const { electors, ballots } = electionOf({ acme: "++0", beta: "+-", ceta: "++" });
    const text = JSON.stringify({ edition: 1, deadline: DEADLINE, electors, ballots });
    expect(simulate(text, "e.json", POLICY)).toEqual({
      ok: true,
      value: tallyOf({ electors, ballots, policy: POLICY }),
    });
  });

  it("that is faulty is reported with places", () => {
    expect(
      problems(
        YAML.replace("id: 2, login: bob-iluvatar, org", "id: 1, login: bob-iluvatar, org").replace(
          "comment: 11",
          "comment: 10",
        ),
      ),
    ).toEqual(["5:10 the elector is there twice", "8:15 the comment is there twice"]);
    expect(
      problems(
        YAML.replace("created: 2026-03-01T10:00:00Z", "created: 2026-03-01T10:00:00Z, updated: 2026-03-01T09:00:00Z"),
      ),
    ).toEqual(["7:112 a comment cannot be edited before it is written"]);
    expect(problems(YAML.replace("choice: for", "choice: fro"))).toEqual([
      "7:67 'ballots.0.choice': 'fro' is not known here",
    ]);
    expect(problems("[")).toHaveLength(1);
  });
});
