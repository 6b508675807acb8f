// The audit page: the whole ledger as one document that needs nothing beside it.
import { count, instant, plural } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { documentOf, facts } from "../page.ts";
import { chainTable } from "./chain.ts";
import { digestOf, type Ledger } from "./ledger.ts";
import { cards, code, time, voteId } from "./parts.ts";
import { pullSection } from "./pull-section.ts";
import { emulatedBadge, standingCount, standingMark } from "./standing.ts";
import { type Beside, besidesOf, emulatedOnly, nameOf, STANDINGS, storiesOf, type Story } from "./story.ts";
import { type Around, voteSection } from "./vote-section.ts";

/** "The chain is whole" */
function answer({ breaks }: Ledger): string {
  return breaks.length === 0 ? "The chain is whole" : "The chain is broken";
}

/** Every break with its line: nothing behind the first one is told. */
function breakList({ breaks }: Ledger): Part {
  if (breaks.length === 0) return null;
  const items = breaks
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, message }) => html`<li><b>line ${line}</b>: ${message}</li>\n`);
  return html`<div class="notice"><strong>${plural(breaks.length, "break")}</strong>. Behind the first one nothing was read, and nothing is decided until the ledger is restored from its history. Where a digest does not fit, the line before may be the one that was changed.
<ul class="plain">
${items}</ul></div>`;
}

function head(ledger: Ledger, stories: readonly Story[]): Html {
  const { entries, lines } = ledger;
  const [first, last, lastLine] = [entries[0], entries.at(-1), lines.at(-1)];
  const number = (standing: Story["standing"]): number => stories.filter((story) => story.standing === standing).length;
  return html`<p class="trail">Votes on hardware kernels: audit of the ledger</p>
<h1>${answer(ledger)}</h1>
<ul class="tally" aria-label="Votes by outcome">
${STANDINGS.map((standing) => standingCount(standing, number(standing)))}</ul>
${facts([
  [
    "Entries",
    entries.length === lines.length
      ? count(entries.length)
      : `${count(entries.length)} read of ${plural(lines.length, "line")}`,
  ],
  ["Votes", count(stories.length)],
  ["First entry", first === undefined ? null : instant(first.at)],
  ["Last entry", last === undefined ? null : instant(last.at)],
  ["sha256 of the last line", lastLine === undefined ? null : code(digestOf(lastLine))],
])}
${breakList(ledger)}
<nav aria-label="Parts"><p><a href="#votes">Votes</a> \u00b7 <a href="#outside">Outside votes</a> \u00b7 <a href="#chain">The chain</a></p></nav>`;
}

function voteRow(story: Story): readonly Part[] {
  const { key, number, opened, standing } = story;
  return [
    html`<a class="number" href="#${voteId(key)}">vote ${number}</a>`,
    html`${nameOf(story)} ${emulatedOnly(story) ? emulatedBadge() : null}`,
    opened.event.pull,
    time(opened.at),
    standingMark(standing),
  ];
}

function votes(stories: readonly Story[], around: Around): Html {
  const newest = stories.toReversed();
  const heads = ["Vote", "Submission", "Pull request", "Opened", "Outcome"];
  const index = cards("Votes", "Newest first", heads, newest.map(voteRow));
  return html`<section>
<h2 id="votes">Votes</h2>
${stories.length === 0 ? html`<p>The ledger holds no vote.</p>` : index}</section>
${newest.map((story) => voteSection(story, around))}`;
}

function beside(besides: readonly Beside[], stories: readonly Story[]): Html {
  const none = html`<p>The ledger holds no entry outside votes.</p>`;
  return html`<section>
<h2 id="outside">Outside votes</h2>
${besides.length === 0 ? none : html`<p>Evidence as it came, whatever it said, and what was asked for: every attempt stays known.</p>`}</section>
${besides.map((one) => pullSection(one, stories))}`;
}

function chain(ledger: Ledger, stories: readonly Story[]): Html {
  const opened = new Map(stories.map((story) => [story.key, story.opened.seq]));
  return html`<section>
<h2 id="chain">The chain</h2>
<p>Each line of the ledger holds in ${code("previous")} the sha256 of the line before it, without its line break; the first holds 64 zeros. Whoever has the file can compute the last column again:</p>
<pre>sed -n 1p ledger.jsonl | tr -d '\\n' | sha256sum</pre>
${chainTable(ledger, opened)}</section>
`;
}

/** The text of audit.html. A function of the ledger alone: the same ledger gives the same bytes. */
export function auditPage(ledger: Ledger): string {
  const stories = storiesOf(ledger.entries);
  const besides = besidesOf(ledger.entries, stories);
  const around = { votes: new Map(stories.map((story) => [story.key, story])), besides };
  return documentOf({
    title: `${answer(ledger)}: ${plural(ledger.entries.length, "entry", "entries")}, ${plural(stories.length, "vote")}`,
    layout: "wide-print",
    script: "",
    header: head(ledger, stories),
    main: [votes(stories, around), beside(besides, stories), chain(ledger, stories)],
    footer: html`<p>Made from the ledger alone. People are named as they were called then; the numbers behind the names are those of their accounts and stay.</p>`,
  });
}
