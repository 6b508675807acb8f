// Who could vote and what was said: the frozen electorate, and every ballot in every state the ledger holds of it.
import type { Ballot, Elector } from "../../harness/domain/vote.ts";
import { plural } from "../format.ts";
import { type Html, html, joined, type Part } from "../html.ts";
import { table, tableRow, words } from "../table.ts";
import { type BallotState, type BallotStory, ballotsOf } from "./ballot-states.ts";
import { cards, entryLink, person, time, told } from "./parts.ts";
import type { Story } from "./story.ts";

function partOf({ recused, objects }: Elector): Part {
  if (recused === null) return "decides";
  return html`<span class="warn">recused</span>: ${told(recused)}${objects ? "; an objection counts all the same" : ""}`;
}

/** Everybody who could vote, with who is recused and why. */
export function electorateTable({ number, opened }: Story): Html {
  const { electors } = opened.event.electorate;
  const recused = electors.filter((elector) => elector.recused !== null).length;
  const summary = `${plural(electors.length, "elector")}: ${electors.length - recused} decide, ${recused} recused`;
  return table({
    label: `Electorate of vote ${number}`,
    caption: `${summary}. Frozen when the vote opened`,
    heads: ["Voter", "Organisation", "Part"],
    rows: electors.map((elector) =>
      tableRow(person(elector), [html`<td>${elector.organisation}</td>`, words(partOf(elector))]),
    ),
  });
}

const CHOICES: Readonly<Record<Ballot["choice"], string>> = {
  for: "for",
  against: "against",
  abstain: "abstains",
  spoiled: "spoiled",
};

const FATES: Readonly<Record<BallotStory["fate"], string>> = {
  counts: "binding",
  open: "not counted yet",
  withdrawn: "withdrawn",
  "no elector": "not counted: not in the electorate",
  recused: "not counted: recused",
  late: "not counted: late",
  "edited after the deadline": "not counted: edited after the deadline",
  "replaced by a later ballot": "not counted: replaced by a later ballot",
  spoiled: "not counted: says two things, or none that can be said",
  "an objection needs a reason": "not counted: an objection needs a reason",
};

function saidPart({ created, updated }: Ballot): Part {
  return created === updated ? time(created) : html`${time(created)}<span class="sub">edited ${time(updated)}</span>`;
}

function reasonPart({ reason }: Ballot): Part {
  return reason === null ? html`<span class="muted">none</span>` : told(reason);
}

/** One turn; what was said then, where it is not what the line says already. */
function statePart({ turn, at, seq, ballot }: BallotState, shown: Ballot): Html {
  const same = JSON.stringify(ballot) === JSON.stringify(shown);
  const name = ballot.voter.login === shown.voter.login ? "" : `, as ${ballot.voter.login}`;
  const then = same ? null : html`: ${CHOICES[ballot.choice]}${name}, reason: ${reasonPart(ballot)}`;
  return html`${turn} ${time(at)}, ${entryLink(seq)}${then}`;
}

function ballotRow({ ballot, organisation, fate, states }: BallotStory): readonly Part[] {
  const turns = states.map((state) => statePart(state, ballot));
  return [
    html`${person(ballot.voter)}<span class="sub">comment ${ballot.comment}</span>`,
    organisation ?? html`<span class="muted">none</span>`,
    CHOICES[ballot.choice],
    FATES[fate],
    reasonPart(ballot),
    saidPart(ballot),
    joined(turns, html`<br>`),
  ];
}

/** Every ballot, with what became of it and what the ledger saw of it when. */
export function ballotTable(story: Story): Html {
  const ballots = ballotsOf(story);
  if (ballots.length === 0) return html`<p>The ledger holds no ballot.</p>`;
  return cards(
    `Ballots of vote ${story.number}`,
    `${plural(ballots.length, "ballot")} in order of time`,
    ["Voter", "Organisation", "Ballot", "What became of it", "Reason", "Said", "In the ledger"],
    ballots.map(ballotRow),
  );
}
