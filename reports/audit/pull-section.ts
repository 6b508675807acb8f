// What happened on a pull request beside its votes: evidence as it came, evidence that was refused, who asked for what.
import type { Entry, EventOf } from "../../harness/domain/ledger.ts";
import { type Html, html, joined, type Part } from "../html.ts";
import { statusMark } from "../marks.ts";
import { cards, code, entryLink, person, pullId, short, time, told, voteId } from "./parts.ts";
import type { Beside, Story } from "./story.ts";

type JudgedVerdict = EventOf<"judged">["verdicts"][number];

function verdictItem({ submission, chip, status, conforms, failing, sourceDigest }: JudgedVerdict): Html {
  const but = conforms ? "" : ", does not conform";
  const failed = failing.length === 0 ? null : html`: ${joined(failing.map(code), ", ")}`;
  return html`<li>${statusMark(status)} ${submission} on ${chip}${but}${failed} <span class="muted small">sources ${code(short(sourceDigest))}</span></li>
`;
}

/** What an entry says, in words. */
function eventPart({ event }: Entry): Part {
  switch (event.type) {
    case "judged":
      return html`Run ${event.run}.${event.attempt} on head ${code(event.head)}, evidence ${code(event.evidence)}
<ul class="plain">
${event.verdicts.map(verdictItem)}</ul>`;
    case "refused":
      return html`Run ${event.run} on head ${code(event.head)}
<ul class="plain">
${event.problems.map((problem) => html`<li>${told(problem)}</li>\n`)}</ul>`;
    case "recheck":
      return html`${person(event.by)} asked to repeat run ${event.run} after attempt ${event.attempt}, in comment ${event.comment}`;
    case "revote":
      return html`${person(event.by)} of ${event.organisation} asked for another vote, in comment ${event.comment}`;
    case "merged":
      return html`Merged as ${code(event.commit)}, of no vote that this ledger holds`;
    case "opened":
    case "issue":
    case "ballots":
    case "extended":
    case "closed":
    case "superseded":
    case "cancelled":
      return "Of no vote that this ledger holds";
  }
}

function voteLinks(pull: number | null, stories: readonly Story[]): Part {
  const votes = stories.filter(({ opened }) => opened.event.pull === pull);
  if (votes.length === 0) return html`<p>The ledger holds no vote on it.</p>`;
  const links = votes.map(
    ({ key, number, standing }) => html`<a href="#${voteId(key)}">vote ${number}</a> (${standing})`,
  );
  return html`<p>Its votes: ${joined(links, ", ")}.</p>`;
}

/** The section of one pull request. */
export function pullSection({ key, pull, entries }: Beside, stories: readonly Story[]): Html {
  const name = pull === null ? "A pull request that no entry names" : `Pull request ${pull}`;
  return html`<section>
<h2 id="${pullId(key)}">${name}</h2>
${voteLinks(pull, stories)}
<p class="muted">Key ${code(key)}</p>
${cards(
  `${name} outside its votes`,
  "Outside votes, in order",
  ["Time", "Entry", "Type", "What it says"],
  entries.map((entry) => [time(entry.at), entryLink(entry.seq), entry.event.type, eventPart(entry)]),
)}</section>
`;
}
