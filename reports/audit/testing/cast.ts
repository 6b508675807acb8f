// Who and what the invented ledger is about: rule, electors, ballots, verdicts. Vendors and people are made up.
import type { EvidenceVerdict } from "../../../harness/domain/evidence.ts";
import type { Policy } from "../../../harness/domain/governance.ts";
import type { Ballot, Elector } from "../../../harness/domain/vote.ts";

export const REPOSITORY = 4242;
const DAY = 86_400_000;
const START = Date.parse("2026-03-02T08:00:00Z");
/** The moment so many days after the first entry. */
export const day = (days: number): string => new Date(START + days * DAY).toISOString().replace(".000Z", "Z");
export const sha = (digit: string, length = 64): string => digit.repeat(length);

export const POLICY: Policy = {
  edition: 1,
  window: 7 * DAY,
  extension: 1.5 * DAY,
  wait: DAY,
  quorum: 3,
  approval: [2, 3],
  organisations: 2,
  cap: [1, 3],
  cooldown: 14 * DAY,
  isolation: { emulated: "userns", device: "full" },
};

const elector = (id: number, login: string, organisation: string, recused: string | null = null): Elector => ({
  id,
  login,
  organisation,
  recused,
  objects: recused === null,
});
export const ELECTORS: readonly Elector[] = [
  elector(101, "ann-acme", "acme"),
  elector(102, "bob-acme", "acme"),
  elector(201, "cyd-borealis", "borealis", "of the submitting vendor borealis"),
  elector(301, "dee-cirrus", "cirrus"),
  elector(401, "eve-delta", "delta"),
  { ...elector(402, "fay-delta", "delta", "named in the commits as a co-author"), objects: true },
];

export const ballot = (
  comment: number,
  who: number,
  choice: Ballot["choice"],
  at: number,
  reason: string | null = null,
): Ballot => {
  const voter = ELECTORS.find(({ id }) => id === who) ?? { id: who, login: `guest-${who}` };
  return { comment, voter: { id: voter.id, login: voter.login }, choice, reason, created: day(at), updated: day(at) };
};

export const EMULATED: EvidenceVerdict = {
  vendor: "borealis",
  submission: "borealis_flash_attention_fp16",
  version: "1.2.0",
  sourceDigest: sha("a"),
  op: "flash_attention",
  opDigest: sha("b"),
  numerics: "fp32_p_cast",
  device: {
    backend: "emulated-npu",
    chip: "b100",
    model: "emulated",
    emulated: true,
    isolation: "userns",
    environment: sha("c"),
  },
  status: "PASSED",
  conforms: true,
  cases: { passed: 12, counted: 12, hidden: 4 },
  failing: [],
  witnesses: [
    { executor: "torch", passed: 12, present: 12 },
    { executor: "triton", passed: 7, present: 8 },
  ],
  headroom: 0.41,
  // Nothing of it may ever be shown.
  speedups: [
    { case: "prefill_512", speedup: { value: 7.77, interval: [7.7, 7.8], baseline: "torch", reading: "faster" } },
  ],
  unvotable: [],
};
export const PHYSICAL: EvidenceVerdict = {
  ...EMULATED,
  device: {
    backend: "npu",
    chip: "b100",
    model: "B100 rev 2",
    emulated: false,
    isolation: "full",
    environment: sha("d"),
  },
  speedups: [
    { case: "prefill_512", speedup: { value: 1.37, interval: [1.34, 1.4], baseline: "torch", reading: "faster" } },
  ],
};
export const FAILING: EvidenceVerdict = {
  ...EMULATED,
  vendor: "everest",
  submission: "host_conv2d_nhwc_int8",
  op: "qlinear_conv2d",
  opDigest: sha("e"),
  numerics: "int32_half_even",
  status: "INCORRECT_NUMERICAL",
  conforms: false,
  cases: { passed: 11, counted: 12, hidden: 4 },
  failing: [{ name: "odd_sizes", status: "INCORRECT_NUMERICAL", finding: "3 of 2,401 elements of y differ by one" }],
  headroom: null,
};
