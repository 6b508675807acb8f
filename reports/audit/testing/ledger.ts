// An invented ledger with everything the audit page must show. Vendors and people are made up; chain and tallies are computed as in earnest.
import type { EvidenceVerdict } from "../../../harness/domain/evidence.ts";
import type { Policy } from "../../../harness/domain/governance.ts";
import type { Event, EventOf } from "../../../harness/domain/ledger.ts";
import type { Ballot, Elector, Tally } from "../../../harness/domain/vote.ts";
import { voteKey, pullKey } from "../../../harness/vote/key.ts";
import { appended, verify } from "../../../harness/vote/ledger.ts";
import { tally } from "../../../harness/vote/rules/tally.ts";
import type { Ledger } from "../ledger.ts";

const REPOSITORY = 4242;
const DAY = 86_400_000;
const START = Date.parse("2026-03-02T08:00:00Z");
/** The moment so many days after the first entry. */
const day = (days: number): string => new Date(START + days * DAY).toISOString().replace(".000Z", "Z");
const sha = (digit: string, length = 64): string => digit.repeat(length);

const POLICY: Policy = {
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
const ELECTORS: readonly Elector[] = [
  elector(101, "ann-acme", "acme"),
  elector(102, "bob-acme", "acme"),
  elector(201, "cyd-borealis", "borealis", "of the submitting vendor borealis"),
  elector(301, "dee-cirrus", "cirrus"),
  elector(401, "eve-delta", "delta"),
  { ...elector(402, "fay-delta", "delta", "named in the commits as a co-author"), objects: true },
];

const ballot = (
  comment: number,
  who: number,
  choice: Ballot["choice"],
  at: number,
  reason: string | null = null,
): Ballot => {
  const voter = ELECTORS.find(({ id }) => id === who) ?? { id: who, login: `guest-${who}` };
  return { comment, voter: { id: voter.id, login: voter.login }, choice, reason, created: day(at), updated: day(at) };
};

const EMULATED: EvidenceVerdict = {
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
const PHYSICAL: EvidenceVerdict = {
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
const FAILING: EvidenceVerdict = {
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

/** What a vote is about. */
interface About {
  readonly pull: number;
  readonly head: string;
  readonly evidence: string;
  readonly verdicts: readonly EvidenceVerdict[];
}

/** Writes a ledger entry by entry. */
class Scribe {
  text = "";
  private readonly electors = [...ELECTORS];

  add(at: number, key: string, ...events: readonly Event[]): void {
    this.text = appended(
      this.text,
      events.map((event) => ({ key, event })),
      day(at),
      `run ${9000 + Math.floor(at)}`,
    );
  }

  keyOf({ pull, head, evidence }: About): string {
    return voteKey({ repository: REPOSITORY, pull, head, evidence, policy: sha("9") });
  }

  judged(at: number, { pull, head, evidence, verdicts }: About, attempt = 1): void {
    this.add(at, pullKey(REPOSITORY, pull), {
      type: "judged",
      pull,
      head,
      run: 7000 + pull,
      attempt,
      evidence,
      verdicts: verdicts.map(({ vendor, submission, sourceDigest, opDigest, device, status, conforms, failing }) => ({
        submission: `${vendor}/${submission}`,
        sourceDigest,
        opDigest,
        chip: device.chip,
        status,
        conforms,
        failing: failing.map(({ name }) => name),
      })),
    });
  }

  open(at: number, about: About, change: Partial<EventOf<"opened">> = {}): string {
    const key = this.keyOf(about);
    const { pull, head, evidence, verdicts } = about;
    const url = `https://github.com/openxpu/kernels/actions/runs/${7000 + pull}`;
    const opened: EventOf<"opened"> = {
      type: "opened",
      pull,
      head,
      title: "Attention in half precision",
      author: { id: 201, login: "cyd-borealis" },
      evidence: { digest: evidence, head, verdicts: [...verdicts], runs: [{ run: 7000 + pull, attempt: 1, url }] },
      policy: { digest: sha("9"), policy: { ...POLICY, approval: [2, 3], cap: [1, 3] } },
      electorate: { digest: sha("8"), electors: this.electors },
      waivers: [],
      deadline: day(at + 7),
      supersedes: null,
      ...change,
    };
    this.add(at, key, opened);
    this.add(at + 0.01, key, { type: "issue", issue: pull + 100 });
    return key;
  }

  ballots(at: number, key: string, ...ballots: readonly Ballot[]): void {
    this.add(at, key, { type: "ballots", ballots: [...ballots] });
  }

  tally(deadline: number, ...ballots: readonly Ballot[]): Tally {
    return tally(this.electors, ballots, POLICY, day(deadline));
  }
}

/** One pull request whose vote is superseded, followed, passed and merged; everybody's ballots take every turn. */
function attention(scribe: Scribe): void {
  const first: About = { pull: 12, head: sha("1", 40), evidence: sha("2"), verdicts: [EMULATED] };
  const second: About = { ...first, head: sha("3", 40), evidence: sha("4"), verdicts: [EMULATED, PHYSICAL] };
  scribe.add(0, pullKey(REPOSITORY, 12), {
    type: "refused",
    pull: 12,
    head: first.head,
    run: 7011,
    problems: ["evidence-a/records.jsonl: the digest is not the one of the bundle", "evidence-b: it is not there"],
  });
  scribe.add(0.1, pullKey(REPOSITORY, 12), {
    type: "recheck",
    by: { id: 201, login: "cyd-borealis" },
    comment: 880,
    run: 7011,
    attempt: 1,
  });
  scribe.judged(0.2, first);
  const before = scribe.open(0.3, first);
  const early = ballot(901, 101, "against", 1, "the tail of 113 rows is not tried");
  scribe.ballots(1, before, early);
  scribe.add(2, before, {
    type: "superseded",
    reason: "the head moved from 1111111 to 3333333",
    tally: scribe.tally(7.3, early),
  });
  scribe.judged(2.1, second, 2);
  const key = scribe.open(2.2, second, { supersedes: before });
  const ann = ballot(910, 101, "against", 3, "first look: no tail");
  const changed: Ballot = { ...ann, choice: "for", reason: "the tail is there now", updated: day(4) };
  const guest = ballot(911, 777, "for", 3);
  const gone = ballot(912, 102, "for", 3.5);
  const again = ballot(915, 102, "abstain", 4.5);
  const rest = [
    ballot(913, 301, "for", 4),
    ballot(914, 401, "for", 4, "read line by line\nand run at home"),
    ballot(916, 201, "for", 5),
    ballot(917, 402, "against", 5),
  ];
  scribe.ballots(3.6, key, ann, guest, gone);
  scribe.ballots(4.6, key, changed, guest, ...rest.slice(0, 2), again);
  scribe.ballots(5.5, key, changed, guest, ...rest, again);
  scribe.add(9.3, key, { type: "closed", tally: scribe.tally(9.2, changed, guest, ...rest, again) });
  scribe.add(10.4, key, { type: "merged", commit: sha("5", 40) });
}

/** Votes that came to nothing: without quorum after its extension, cancelled, failed under a waiver, passed and overtaken, open. */
function others(scribe: Scribe): void {
  const about = (pull: number, digit: string, verdicts: readonly EvidenceVerdict[]): About => ({
    pull,
    head: sha(digit, 40),
    evidence: sha(digit),
    verdicts,
  });
  const quiet = scribe.open(11, about(13, "6", [EMULATED]), { title: "A second kernel" });
  const lone = ballot(920, 301, "for", 12);
  scribe.ballots(12, quiet, lone);
  scribe.add(18.1, quiet, { type: "extended", deadline: day(19.5), tally: scribe.tally(18, lone) });
  scribe.add(19.6, quiet, { type: "closed", tally: scribe.tally(19.5, lone) });
  const dropped = scribe.open(20, about(14, "7", [EMULATED]), { title: "Not yet" });
  scribe.add(21, dropped, {
    type: "cancelled",
    by: { id: 101, login: "ann-acme" },
    reason: "the licence of one file is unclear",
    tally: scribe.tally(27),
  });
  const waived = about(15, "8", [FAILING]);
  scribe.judged(21.5, waived);
  const waiver = {
    edition: 1,
    vendor: "everest",
    submission: "host_conv2d_nhwc_int8",
    sourceDigest: sha("a"),
    cases: ["odd_sizes"],
    reason: "rounds ties away from zero on odd sizes; fixed in the next version",
    by: 101,
    until: "2026-06-01",
  } as const;
  const lost = scribe.open(22, waived, {
    title: "Convolution in int8",
    waivers: [{ ...waiver, cases: [...waiver.cases] }],
  });
  const said = [
    ballot(930, 101, "for", 23),
    ballot(931, 301, "against", 23, "a waiver for the very case that matters"),
    ballot(932, 401, "against", 24, "as above"),
    ballot(933, 102, "spoiled", 24),
  ];
  scribe.ballots(24, lost, ...said);
  scribe.add(29.1, lost, { type: "closed", tally: scribe.tally(29, ...said) });
  scribe.add(30, pullKey(REPOSITORY, 15), {
    type: "revote",
    by: { id: 301, login: "dee-cirrus" },
    organisation: "cirrus",
    comment: 940,
  });
  const overtaken = scribe.open(31, about(16, "9", [PHYSICAL]), { title: "Faster attention" });
  const three = [ballot(950, 101, "for", 32), ballot(951, 301, "for", 32), ballot(952, 401, "for", 32)];
  scribe.ballots(32, overtaken, ...three);
  scribe.add(38.1, overtaken, { type: "closed", tally: scribe.tally(38, ...three) });
  scribe.add(38.6, overtaken, { type: "superseded", reason: "the policy changed", tally: scribe.tally(38, ...three) });
  const open = scribe.open(39, about(16, "0", [PHYSICAL]), { title: "Faster attention", supersedes: overtaken });
  scribe.ballots(40, open, ballot(960, 101, "for", 40));
}

/** The text of the invented ledger. */
export function ledgerText(): string {
  const scribe = new Scribe();
  attention(scribe);
  others(scribe);
  return scribe.text;
}

/** A ledger of so many entries: votes of eight entries each, one after the other. */
export function longLedgerText(entries: number): string {
  const scribe = new Scribe();
  const votes = Math.ceil(entries / 8);
  // One append for a vote's opening alone would read the whole ledger again; so each vote is written apart and chained at the end.
  const parts = Array.from({ length: votes }, (_, vote) => {
    const one = new Scribe();
    const head = vote.toString(16).padStart(40, "0");
    const about: About = { pull: vote + 1, head, evidence: head.padStart(64, "f"), verdicts: [EMULATED, PHYSICAL] };
    const said = [101, 102, 301, 401].map((who, i) =>
      ballot(1000 + 10 * vote + i, who, "for", vote + 1, "read and run"),
    );
    one.judged(vote, about);
    const key = one.open(vote, about);
    one.ballots(vote + 1, key, ...said.slice(0, 2));
    one.ballots(vote + 2, key, ...said.slice(0, 3));
    one.ballots(vote + 3, key, ...said);
    one.add(vote + 8, key, { type: "closed", tally: one.tally(vote + 7, ...said) });
    one.add(vote + 9, key, { type: "merged", commit: head });
    return verify(one.text).entries;
  });
  const additions = parts.flat().slice(0, entries);
  scribe.text = appended("", additions, day(0), "run 1");
  return scribe.text;
}

/** A text as the audit page takes it. */
export function ledgerOf(text: string): Ledger {
  return { ...verify(text), lines: text === "" ? [] : text.replace(/\n$/, "").split("\n") };
}
