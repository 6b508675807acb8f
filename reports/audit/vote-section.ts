// A vote as people check it years later: what was asked, by which rule, on what evidence, who said what, how it ended.
import { type Html, html, joined, type Part } from "../html.ts";
import { facts } from "../page.ts";
import { boundDigests, evidenceTable, waiverList } from "./evidence.ts";
import { ofType } from "./ledger.ts";
import { code, person, pullId, titled, told, voteId } from "./parts.ts";
import { ruleList } from "./rule.ts";
import { emulatedBadge, standingSeal } from "./standing.ts";
import { type Beside, emulatedOnly, nameOf, type Story } from "./story.ts";
import { outcomePart, turnsOf } from "./tally.ts";
import { ballotTable, electorateTable } from "./voters.ts";

/** What a section may link to. */
export interface Around {
  /** Every vote by its key. */
  readonly votes: ReadonlyMap<string, Story>;
  readonly besides: readonly Beside[];
}

/** Another vote by its number; its key alone where the ledger does not tell of it. */
function voteLink(key: string, { votes }: Around): Html {
  const story = votes.get(key);
  if (story === undefined) return html`${code(key)}, which this ledger does not hold`;
  return html`<a href="#${voteId(key)}">vote ${story.number}</a> (${story.standing})`;
}

function runPart({ opened }: Story): Part {
  const runs = opened.event.evidence.runs.map(({ run, attempt, url }) => html`${run}.${attempt} ${code(url)}`);
  return runs.length === 0 ? null : joined(runs, html`<br>`);
}

function subject(story: Story, around: Around): Html {
  const { key, opened, later, followers } = story;
  const { pull, title, author, head, evidence, policy, electorate, supersedes } = opened.event;
  const beside = around.besides.find((one) => one.pull === pull);
  const link =
    beside === undefined ? null : html`, <a href="#${pullId(beside.key)}">what happened outside its votes</a>`;
  const sources = evidence.verdicts.map((one) => [`${one.vendor}/${one.submission}`, one.sourceDigest] as const);
  const meanings = evidence.verdicts.map(({ op, opDigest }) => [op, opDigest] as const);
  const environments = evidence.verdicts.map(({ device }) => [device.chip, device.environment] as const);
  const issues = ofType(later, "issue").map(({ event }) => event.issue);
  const commits = ofType(later, "merged").map(({ event }) => code(event.commit));
  return facts([
    ["Pull request", html`${pull}${link}`],
    ["Title", told(title)],
    ["Author", person(author)],
    ["Issue", issues.length === 0 ? "not made" : issues.join(", ")],
    ["Head", code(head)],
    ["Merge commit", commits.length === 0 ? null : joined(commits, ", ")],
    ["Follows", supersedes === null ? null : voteLink(supersedes, around)],
    [
      "Followed by",
      followers.length === 0
        ? null
        : joined(
            followers.map((one) => voteLink(one, around)),
            ", ",
          ),
    ],
    ["Key", code(key)],
    ["Evidence", code(evidence.digest)],
    ["Evidence head", evidence.head === head ? null : code(evidence.head)],
    ["Runs", runPart(story)],
    ["Sources", boundDigests(sources)],
    ["Meaning of ops", boundDigests(meanings)],
    ["Environments", boundDigests(environments)],
    ["Policy", code(policy.digest)],
    ["Electorate", code(electorate.digest)],
  ]);
}

/** The section of one vote. */
export function voteSection(story: Story, around: Around): Html {
  const { key, number, opened } = story;
  const { policy, waivers } = opened.event;
  const emulated = emulatedOnly(story);
  const only = emulated ? html`<p>Source was voted on: nothing was said of any chip or speed.</p>` : null;
  return html`<section>
<h2 id="${voteId(key)}"><span class="step number">Vote ${number}</span><code>${nameOf(story)}</code></h2>
<p class="lead">${standingSeal(story.standing)} ${emulated ? emulatedBadge() : null}</p>
${[only, turnsOf(story)]}
${[
  titled("What was voted on", subject(story, around)),
  titled("The rule, frozen when the vote opened", ruleList(policy.policy)),
  titled("The evidence", [evidenceTable(story), waiverList(waivers)]),
  titled("The electorate", electorateTable(story)),
  titled("The ballots", ballotTable(story)),
  titled("What they came to", outcomePart(story)),
]}</section>
`;
}
