// The tally as it stands: organisations, conditions and every ballot with what became of it.
import type { Counted, Elector, Tally } from "../../domain/vote.ts";
import { fold, moment, outside, shortened, table, word } from "./markdown.ts";
import type { Words } from "./words.ts";

/** Ballots and electors that a body has room for; all of them are in the ledger. */
const MOST = 200;

function ballotRow({ ballot, organisation, uncounted }: Counted, words: Words): string[] {
  const { voter, choice, reason, updated } = ballot;
  return [
    outside(voter.login, 40),
    organisation === null ? "–" : word(organisation, 40),
    words.choices[choice],
    uncounted === null ? words.counts : words.uncounted[uncounted],
    moment(updated),
    reason === null ? "" : outside(reason, 160),
  ];
}

/** Conditions, organisations and ballots. */
export function tallyTable({ reasons, organisations, ballots, cast }: Tally, words: Words): string {
  const conditions = reasons.map(
    ({ met, rule, text }) => `- ${met ? "✔" : "✘"} ${words.rules[rule]}: ${word(text, 300)}`,
  );
  const rows = organisations.map(({ organisation, for: pro, against, share, without }) => [
    word(organisation, 40),
    String(pro),
    String(against),
    share,
    without ?? "–",
  ]);
  const parts = [`${words.cast(cast.for, cast.against, cast.abstain)}`, conditions.join("\n")];
  if (rows.length > 0) parts.push(table(words.organisationHead, shortened(rows, MOST)));
  if (ballots.length > 0) {
    const shown = ballots.map((ballot) => ballotRow(ballot, words));
    parts.push(fold(words.ballots(ballots.length), table(words.ballotHead, shortened(shown, MOST))));
  }
  return parts.join("\n\n");
}

/** Who may vote, and who of them does not decide and why. */
export function electorateTable(electors: readonly Elector[], words: Words): string {
  const rows = electors.map(({ login, id, organisation, recused }) => [
    `${outside(login, 40)} (${id})`,
    word(organisation, 40),
    recused === null ? words.decides : `${words.recused}: ${word(recused, 120)}`,
  ]);
  const deciding = electors.filter(({ recused }) => recused === null).length;
  return fold(words.electorate(deciding, electors.length), table(words.electorHead, shortened(rows, MOST)));
}
