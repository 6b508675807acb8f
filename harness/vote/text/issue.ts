// The vote issue: title, labels and body. Rendered anew from the ledger whenever something changes, so that an edit by hand does not last.
import type { Elector, Tally } from "../../domain/vote.ts";
import { tally } from "../rules/tally.ts";
import { passed, type Vote } from "../state.ts";
import { evidenceTable, waiverLines } from "./evidence-table.ts";
import { LONGEST, moment, outside, word } from "./markdown.ts";
import type { Place } from "./place.ts";
import { electorateTable, tallyTable } from "./tally-table.ts";
import { CHINESE, ENGLISH, type Words } from "./words.ts";

/** Every vote issue has it; the others say where it stands. */
export const VOTE_LABEL = "openxpu/vote";

/** Where a vote stands. */
export type Standing = "open" | "passed" | "failed" | "no quorum" | "superseded" | "cancelled" | "merged";

export function standingOf(vote: Vote): Standing {
  const { ending } = vote;
  if (vote.merged !== null) return "merged";
  if (ending === null) return "open";
  return ending.type === "closed" ? ending.tally.outcome : ending.type;
}

/** Labels of an issue and of its pull request. */
export function labelsOf(vote: Vote): string[] {
  const standing = standingOf(vote);
  const state = `vote/${standing === "merged" ? "passed" : standing.replace(" ", "-")}`;
  return emulatedOnly(vote) ? [state, "emulated only"] : [state];
}

/** Nothing physical stands behind it: source is voted on and nothing else. */
function emulatedOnly({ opened }: Vote): boolean {
  return opened.evidence.verdicts.every(({ device }) => device.emulated);
}

/** `vendor/submission 1.0.0` */
export function nameOf({ opened }: Vote): string {
  const [first] = opened.evidence.verdicts;
  return first === undefined ? "nothing" : word(`${first.vendor}/${first.submission} ${first.version}`, 100);
}

export function titleOf(vote: Vote): string {
  return `Vote: ${nameOf(vote)} (#${vote.opened.pull} at ${vote.opened.head.slice(0, 7)})`;
}

/** The tally that an ended vote froze, or the one of now. */
export function tallyOf(vote: Vote): Tally {
  if (vote.ending !== null) return vote.ending.tally;
  const { electorate, policy } = vote.opened;
  return tally(electorate.electors, vote.ballots, policy.policy, vote.deadline);
}

function hours(ms: number): string {
  const whole = ms / 3_600_000;
  return whole % 24 === 0 ? `${whole / 24} d` : `${whole} h`;
}

function stateLine(vote: Vote, words: Words): string {
  const standing = standingOf(vote);
  if (standing === "open") return words.open(moment(vote.deadline));
  const { ending } = vote;
  const why = ending?.type === "superseded" || ending?.type === "cancelled" ? ` ${outside(ending.reason, 300)}.` : "";
  const by = ending?.type === "cancelled" ? ` (${outside(ending.by.login, 40)})` : "";
  return `${words.ended[standing]}${why}${by}`;
}

function part(vote: Vote, around: Place, words: Words): string {
  const { opened } = vote;
  const { evidence, electorate, policy, waivers } = opened;
  const runs = evidence.runs.map(({ run, attempt, url }) => `[run ${run}.${attempt}](${url})`).join(", ");
  const electors: readonly Elector[] = electorate.electors;
  const sections = [
    `${words.heading(nameOf(vote), opened.pull, opened.head.slice(0, 7))} ${stateLine(vote, words)}`,
    ...(around.predecessor === null ? [] : [words.before(around.predecessor)]),
    ...(emulatedOnly(vote) ? [words.sourceOnly] : []),
    `### ${words.evidence}`,
    evidenceTable(evidence, words),
    ...(waivers.length > 0 ? [waiverLines(waivers, words)] : []),
    words.bundle(evidence.digest.slice(0, 16), runs),
    `### ${words.rule}`,
    words.ruleLine(policy.policy),
    `### ${words.how}`,
    words.howLine,
    `### ${words.tally}`,
    tallyTable(tallyOf(vote), words),
    words.thumbs(around.thumbs.up, around.thumbs.down),
    electorateTable(electors, words),
    ...(vote.ending === null || passed(vote) ? [words.next(hours(policy.policy.wait))] : []),
  ];
  return sections.join("\n\n");
}

/** The body in English and Chinese; where both do not fit, English alone, and where that does not, its beginning. */
export function bodyOf(vote: Vote, around: Place): string {
  const english = part(vote, around, ENGLISH);
  const both = `${english}\n\n---\n\n${part(vote, around, CHINESE)}`;
  // The mark of a settled issue comes behind it.
  const room = LONGEST - 400;
  if (both.length <= room) return both;
  return english.length <= room ? english : `${english.slice(0, room - 60)}\n\n… the rest is in the ledger.`;
}
