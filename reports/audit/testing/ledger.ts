// An invented ledger with everything the audit page must show, and a long one.
import type { EvidenceVerdict } from "../../../harness/domain/evidence.ts";
import type { Ballot } from "../../../harness/domain/vote.ts";
import { pullKey } from "../../../harness/vote/key.ts";
import { appended, verify } from "../../../harness/vote/ledger.ts";
import type { Ledger } from "../ledger.ts";
import { ballot, day, EMULATED, FAILING, PHYSICAL, REPOSITORY, sha } from "./cast.ts";
import { type About, Scribe } from "./scribe.ts";

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

/** A ledger of so many entries: merged votes of eight entries each. Each is written apart and chained at the end, which takes less time. */
export function longLedgerText(entries: number): string {
  const votes = Array.from({ length: Math.ceil(entries / 8) }, (_, vote) => {
    const scribe = new Scribe();
    const head = vote.toString(16).padStart(40, "0");
    const about: About = { pull: vote + 1, head, evidence: head.padStart(64, "f"), verdicts: [EMULATED, PHYSICAL] };
    const said = [101, 102, 301, 401].map((who, i) =>
      ballot(1000 + 10 * vote + i, who, "for", vote + 1, "read and run"),
    );
    scribe.judged(vote, about);
    const key = scribe.open(vote, about);
    scribe.ballots(vote + 1, key, ...said.slice(0, 2));
    scribe.ballots(vote + 2, key, ...said.slice(0, 3));
    scribe.ballots(vote + 3, key, ...said);
    scribe.add(vote + 8, key, { type: "closed", tally: scribe.tally(vote + 7, ...said) });
    scribe.add(vote + 9, key, { type: "merged", commit: head });
    return verify(scribe.text).entries;
  });
  return appended("", votes.flat().slice(0, entries), day(0), "run 1");
}

/** A text as the audit page takes it. */
export function ledgerOf(text: string): Ledger {
  return { ...verify(text), lines: text === "" ? [] : text.replace(/\n$/, "").split("\n") };
}
