// What the ballots came to, whenever the ledger says so: conditions, weights, and what ended the vote.
import type { Reason, Tally } from "../../harness/domain/vote.ts";
import { count } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { right, table, tableRow } from "../table.ts";
import { ofType } from "./ledger.ts";
import { entryLink, person, time, told } from "./parts.ts";
import { deadlineOf, type Ending, lastTally, type Story } from "./story.ts";

const RULES: Readonly<Record<Reason["rule"], string>> = {
  quorum: "quorum",
  approval: "approval",
  organisations: "organisations in favour",
  "leave one out": "no single organisation decides",
};

function condition({ rule, met, text }: Reason): Html {
  const mark = met
    ? html`<span class="mark good"><span aria-hidden="true">\u2714</span>met</span>`
    : html`<span class="mark bad"><span aria-hidden="true">\u2718</span>not met</span>`;
  return html`<li>${mark} ${RULES[rule]}: ${told(text)}</li>
`;
}

function organisationTable({ organisations }: Tally, number: number): Html | null {
  if (organisations.length === 0) return null;
  return table({
    label: `Organisations of vote ${number}`,
    caption: "Binding ballots by organisation; weight after the cap",
    heads: [
      "Organisation",
      { right: "For" },
      { right: "Against" },
      { right: "Weight" },
      { right: "Approval without it" },
    ],
    rows: organisations.map(({ organisation, for: pro, against, share, without }) =>
      tableRow(organisation, [right(count(pro)), right(count(against)), right(share), right(without ?? "\u2013")]),
    ),
  });
}

/** A tally in full. */
function tallyPart({ cast, approval, reasons }: Tally): Html {
  const weight = approval === null ? "" : ` Approval by weight: ${approval}.`;
  return html`<p>${cast.for} for, ${cast.against} against, ${cast.abstain} abstain.${weight}</p>
<ul class="plain">
${reasons.map(condition)}</ul>`;
}

function endingWords({ event }: Ending): Part {
  switch (event.type) {
    case "closed":
      return `closed: ${event.tally.outcome}`;
    case "superseded":
      return html`superseded, decides nothing: ${told(event.reason)}`;
    case "cancelled":
      return html`cancelled by ${person(event.by)}, decides nothing: ${told(event.reason)}`;
  }
}

function turn(at: string, seq: number, content: Part): Html {
  return html`<li>${time(at)}, ${entryLink(seq)}: ${content}</li>
`;
}

/** The turns of a vote in order, each with its entry: opened, issue, prolonged, ended, merged. */
export function turnsOf(story: Story): Html {
  const { opened, later, endings } = story;
  const turns = [
    { entry: opened, content: html`opened, ballots count until ${time(opened.event.deadline)}` },
    ...ofType(later, "issue").map((entry) => ({ entry, content: `its issue is ${entry.event.issue}` })),
    ...ofType(later, "extended").map((entry) => ({
      entry,
      content: html`prolonged for want of a quorum, until ${time(entry.event.deadline)}`,
    })),
    ...endings.map((entry) => ({ entry, content: endingWords(entry) })),
    ...ofType(later, "merged").map((entry) => ({ entry, content: html`merged as <code>${entry.event.commit}</code>` })),
  ].toSorted((a, b) => a.entry.seq - b.entry.seq);
  return html`<ul class="plain">
${turns.map(({ entry, content }) => turn(entry.at, entry.seq, content))}</ul>`;
}

/** What the tally of a vote that was given up is worth. */
function standingWords({ standing }: Story): Html | null {
  if (standing !== "superseded" && standing !== "cancelled") return null;
  return html`<p>The ballots as they stood when the vote was ${standing}: they decide nothing.</p>`;
}

/** The last tally with its conditions; an open vote has none in the ledger. */
export function outcomePart(story: Story): Part {
  const tally = lastTally(story);
  if (tally === null) {
    return html`<p>The vote is open until ${time(deadlineOf(story))}. Ballots are counted when it ends.</p>`;
  }
  return [standingWords(story), tallyPart(tally), organisationTable(tally, story.number)];
}
