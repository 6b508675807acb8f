// Who may vote on a pull request, and who of them decides.
import { describe, expect, it } from "vitest";
import type { Voter } from "../../domain/governance.ts";
import { coauthors, electorateOf, type Interests } from "./electorate.ts";

const voter = (id: number, login: string, organisation: string, rest: Partial<Voter> = {}): Voter => ({
  id,
  login,
  organisation,
  since: "2026-01-01",
  ...rest,
});
const OPENED = "2026-03-01T08:00:00Z";
const NOBODY: Interests = {
  vendor: "acme",
  owners: [],
  claimedOwners: [],
  author: { id: 900, login: "x" },
  committers: [],
  coauthors: [],
};
const VOTERS = [voter(3, "carol-beta", "beta"), voter(1, "alice-acme", "acme"), voter(2, "Bob-Beta", "beta")];
const recused = (interests: Partial<Interests>): (string | null)[] =>
  electorateOf(VOTERS, OPENED, { ...NOBODY, ...interests }).map((elector) => elector.recused);

describe("an electorate", () => {
  it("is sorted by id, with the submitting vendor's voters recused", () => {
    expect(electorateOf(VOTERS, OPENED, NOBODY)).toEqual([
      { id: 1, login: "alice-acme", organisation: "acme", recused: "of the submitting vendor acme", objects: false },
      { id: 2, login: "Bob-Beta", organisation: "beta", recused: null, objects: true },
      { id: 3, login: "carol-beta", organisation: "beta", recused: null, objects: true },
    ]);
  });

  it("counts a voter from the first moment of `since` to the last before `until`", () => {
    const voters = [voter(1, "a", "beta", { since: "2026-03-01", until: "2026-03-02" })];
    const there = (at: string): boolean => electorateOf(voters, at, NOBODY).length === 1;
    expect(
      ["2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z"].map(there),
    ).toEqual([false, true, true, false]);
  });

  it("is empty of an empty list, and when the time cannot be read", () => {
    expect(electorateOf([], OPENED, NOBODY)).toEqual([]);
    expect(electorateOf(VOTERS, "soon", NOBODY)).toEqual([]);
  });
});

describe("recusal", () => {
  it("by names that only the submitter wrote still lets people object", () => {
    const [, bob, carol] = electorateOf(VOTERS, OPENED, {
      ...NOBODY,
      owners: [2],
      claimedOwners: [2, 3],
      committers: [{ id: 3, login: "carol-beta" }],
    });
    expect(bob).toMatchObject({ recused: "owns the submission", objects: false });
    expect(carol).toMatchObject({ recused: "named as owner by the head; author of a commit", objects: true });
  });

  it("is of owners, author and committers by numeric id: a login that somebody else took does not matter", () => {
    expect(recused({ owners: [2] })[1]).toBe("owns the submission");
    expect(recused({ author: { id: 2, login: "other" } })[1]).toBe("author of the pull request");
    expect(recused({ committers: [{ id: 2, login: "other" }] })[1]).toBe("author of a commit");
    expect(recused({ author: { id: 901, login: "Bob-Beta" } })[1]).toBeNull();
  });

  it("is of named co-authors by number or login, whatever its capitals", () => {
    expect(recused({ coauthors: coauthors("x\n\nCo-authored-by: B <2+old-name@users.noreply.github.com>") })[1]).toBe(
      "named as co-author of a commit",
    );
    expect(
      recused({ coauthors: coauthors("CO-AUTHORED-BY: b <BOB-beta@users.noreply.github.com>") })[1],
    ).not.toBeNull();
    expect(recused({ coauthors: coauthors("Co-authored-by: Bob-Beta <bob@example.com>") })[1]).toBeNull();
  });

  it("says every reason", () => {
    expect(recused({ owners: [1], author: { id: 1, login: "alice-acme" } })[0]).toBe(
      "of the submitting vendor acme; owns the submission; author of the pull request",
    );
  });

  it("is never lifted by more interests", () => {
    const all = {
      owners: [1, 2, 3],
      committers: [{ id: 3, login: "c" }],
      coauthors: coauthors("Co-authored-by: <2+b@users.noreply.github.com>"),
    };
    const before = recused({ owners: [2] });
    expect(recused(all).every((words, index) => words !== null || before[index] === null)).toBe(true);
  });
});

describe("co-authors", () => {
  it("are read from trailers, with the number where the address has one", () => {
    const message = [
      "Faster tiles",
      "",
      "Co-authored-by: A <12+alice@users.noreply.github.com>",
      "co-authored-by: B <Bob@users.noreply.github.com>\r",
      "Co-authored-by: C <carol@example.com>",
      "Co-authored-by: nobody",
      "Signed-off-by: D <13+dan@users.noreply.github.com>",
    ].join("\n");
    expect(coauthors(message)).toEqual([
      { named: "12+alice@users.noreply.github.com", id: 12, login: "alice" },
      { named: "Bob@users.noreply.github.com", id: null, login: "bob" },
      { named: "carol@example.com", id: null, login: null },
      { named: "nobody", id: null, login: null },
    ]);
  });

  it.each([
    "Co-authored-by: <1+a@users.noreply.github.com.evil.example>",
    "Co-authored-by: <x@users.noreply.github.com@evil.example>",
    "Co-authored-by: <9999999999999999999+a@users.noreply.github.com>",
    "Co-authored-by: <-1+a@users.noreply.github.com>",
    "Co-authored-by: >1+a@users.noreply.github.com<",
  ])("of %j are unknown", (line) => {
    expect(coauthors(line)).toMatchObject([{ id: null, login: null }]);
  });

  it("of a hostile message of a megabyte are read in one pass", () => {
    expect(coauthors("Co-authored-by: <".repeat(60_000))).toHaveLength(1);
    expect(coauthors(`Co-authored-by: <${"a-".repeat(500_000)}`)).toHaveLength(1);
    expect(coauthors("Co-authored-by:\n".repeat(60_000))).toHaveLength(60_000);
  });
});
