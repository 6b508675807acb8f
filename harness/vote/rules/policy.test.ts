// The reviewed files of governance: what is accepted, and how a faulty one is reported.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frozenPolicySchema } from "../../domain/governance.ts";
import type { Checked } from "../../domain/problem.ts";
import { decodePolicy, decodeVoters, decodeWaiver } from "./policy.ts";
import { POLICY } from "./testing/elections.ts";

const shipped = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../.github/governance/${name}`, import.meta.url)), "utf8");
const RULE = shipped("policy.yaml");
const VOTERS = `edition: 1
voters:
  - {id: 11, login: alice-cambricon, organisation: cambricon, since: 2026-01-31}
  - {id: 12, login: bob-iluvatar, organisation: iluvatar, since: 2026-01-31, until: 2026-02-28}
`;
const WAIVER = `edition: 1
vendor: acme
submission: matmul
sourceDigest: ${"a".repeat(64)}
cases: [tail, padded]
reason: the reference is wrong here, see the issue
by: 11
until: 2026-06-30
`;

/** Problems as `line:column message`. */
const wrong = (checked: Checked<unknown>): string[] =>
  checked.ok ? [] : checked.problems.map(({ place, message }) => `${place.line}:${place.column} ${message}`);
const policyWith = (from: string | RegExp, to: string): string[] =>
  wrong(decodePolicy(RULE.replace(from, to), "policy.yaml"));
const votersWith = (from: string, to: string): string[] => wrong(decodeVoters(VOTERS.replace(from, to), "voters.yaml"));

describe("the shipped files", () => {
  it("are the policy of the initiative and a list of nobody yet", () => {
    const digest = createHash("sha256").update(RULE).digest("hex");
    expect(decodePolicy(RULE, "policy.yaml")).toEqual({ ok: true, value: { digest, policy: POLICY } });
    expect(decodeVoters(shipped("voters.yaml"), "voters.yaml")).toMatchObject({ ok: true, value: { voters: [] } });
  });
});

describe("a policy", () => {
  it("is decoded to what the ledger can freeze", () => {
    const decoded = decodePolicy(RULE, "policy.yaml");
    expect(frozenPolicySchema.safeParse(decoded.ok ? decoded.value.policy : null).success).toBe(true);
  });

  it("by which one organisation could decide is refused", () => {
    expect(policyWith("organisations: 2", "organisations: 1")).toEqual([
      expect.stringMatching(/^9:16 with 1 organisation in favour one alone could decide$/),
    ]);
    expect(policyWith("cap: 1/3", "cap: 2/3")[0]).toContain("would reach the approval of 2/3 alone");
    expect(policyWith("cap: 1/3", "cap: 1/1")).toHaveLength(1);
    expect(policyWith("cap: 1/3", "cap: 665/1000")).toEqual([]);
  });

  it("whose numbers contradict each other or the sense of a vote is refused", () => {
    expect(policyWith("quorum: 5", "quorum: 1")[0]).toContain("the quorum of 1 never decides");
    expect([policyWith("quorum: 5", "quorum: 2"), policyWith("approval: 2/3", "approval: 1/2")]).toEqual([[], []]);
    expect(policyWith("approval: 2/3", "approval: 49/100")[0]).toContain("more against than for could pass");
  });

  it("says all its problems at once, each with its place and a fix", () => {
    const text = RULE.replace("window: 7d", "window: a week")
      .replace("cap: 1/3", "cap: 0.33")
      .replace("quorum:", "quorom:");
    const decoded = decodePolicy(text, ".github/governance/policy.yaml");
    expect(decoded.ok ? [] : decoded.problems.map(({ code, place, fix }) => [code, place.line, fix])).toEqual([
      ["VALUE_INVALID", 4, "correct the value of 'window'"],
      ["VALUE_INVALID", 10, "correct the value of 'cap'"],
      ["KEY_UNKNOWN", 7, "did you mean 'quorum'?"],
    ]);
  });
});

describe("a list of voters", () => {
  it("is decoded, with the digest of its bytes", () => {
    const digest = createHash("sha256").update(VOTERS).digest("hex");
    expect(decodeVoters(VOTERS, "voters.yaml")).toMatchObject({
      ok: true,
      value: { digest, voters: [{ id: 11 }, { id: 12 }] },
    });
  });

  it("holds nobody twice, by number or by login in any capitals", () => {
    expect(votersWith("id: 12", "id: 11")).toEqual(["4:10 the voter 11 is there twice"]);
    expect(votersWith("bob-iluvatar", "Alice-CAMBRICON")).toEqual([
      "4:21 the login 'Alice-CAMBRICON' is there twice; GitHub does not tell its capitals apart",
    ]);
  });

  it("holds days that exist, in order", () => {
    expect(votersWith("2026-02-28", "2026-02-30")).toEqual(["4:85 'voters.1.until': the calendar has no 2026-02-30"]);
    expect(votersWith("2026-02-28", "2026-01-31")).toEqual(["4:85 'until' 2026-01-31 is not after 'since' 2026-01-31"]);
    expect(votersWith("2026-02-28", "2025-02-29")).toHaveLength(1);
    expect(votersWith("2026-02-28", "2028-02-29")).toEqual([]);
  });

  it("does not hold the account that stands for all deleted ones", () => {
    expect(votersWith("id: 12", "id: 10137")[0]).toContain("stands for every deleted account");
  });

  it.each([
    "",
    "voters:",
    "edition: 1\nvoters: {}",
    "edition: 1\nvoters: [~]",
    "edition: 1",
    "[]",
    "edition: 2\nvoters: []",
  ])("that is none (%j) is refused: nobody votes by mistake", (text) => {
    expect(wrong(decodeVoters(text, "voters.yaml")).length).toBeGreaterThan(0);
  });
});

describe("a file of more than a million characters", () => {
  it("is refused before it is read", () => {
    expect(wrong(decodeVoters(`${VOTERS}# ${"x".repeat(1_000_000)}`, "voters.yaml"))).toEqual([
      expect.stringMatching(/^1:1 the file has 1000\d{3} characters, the most is 1000000$/),
    ]);
  });
});

describe("a waiver", () => {
  it("is decoded, or refused with what is wrong", () => {
    expect(decodeWaiver(WAIVER, "w.yaml")).toMatchObject({
      ok: true,
      value: { waiver: { by: 11, cases: ["tail", "padded"] } },
    });
    const text = WAIVER.replace("padded", "tail").replace("06-30", "06-31").replace("2026", "2026");
    expect(wrong(decodeWaiver(text, "w.yaml"))).toEqual([
      "8:8 'until': the calendar has no 2026-06-31",
      "5:15 the case 'tail' is there twice",
    ]);
  });
});

describe("a malformed file", () => {
  const decoders = [decodePolicy, decodeVoters, decodeWaiver];
  it.each([
    "[".repeat(10_000),
    "{a: ".repeat(5000),
    "- ".repeat(10_000),
    `a: &a [x]\nb: &b [*a, *a]\nc: [${"*b, ".repeat(5000)}]`,
    "\u0000",
    "? [complex]\n: key",
    "<<: *x",
    "!!js/function x",
    "x".repeat(1_000_001),
    "--- 1\n--- 2",
  ])("of case %# is problems with a place and a fix, never a crash", (text) => {
    for (const decoder of decoders) {
      const decoded = decoder(text, "file.yaml");
      expect(decoded.ok).toBe(false);
      if (decoded.ok) return;
      for (const { place, fix } of decoded.problems)
        expect([place.line > 0, place.column > 0, fix !== ""]).toEqual([true, true, true]);
    }
  });

  it("made by changing any characters of a good one is problems or a file", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(RULE, VOTERS, WAIVER),
        fc.nat(),
        fc.nat(12),
        fc.oneof(
          fc.string({ maxLength: 6 }),
          fc.constantFrom("\n", ": ", "- ", "{", "[", "&a ", "*a", "!!", "#", "\t", "'"),
        ),
        (text, place, length, put) => {
          const from = place % text.length;
          const changed = text.slice(0, from) + put + text.slice(from + length);
          for (const decoder of decoders) expect(typeof decoder(changed, "f").ok).toBe("boolean");
        },
      ),
      { numRuns: 800 },
    );
  });
});
