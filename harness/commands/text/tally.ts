// A tally as people read it in a terminal: outcome, conditions, organisations, ballots. Logins and reasons are hostile text. Pure.
import type { Counted, Tally } from "../../domain/vote.ts";
import { BALLOT_FORMS } from "../../vote/rules/ballots.ts";
import { oneLine } from "./problem.ts";
import { visible } from "../../domain/visible.ts";

/** Code points of a reason that are shown; the whole is in the comment. */
const WIDTH = 60;

function shown(text: string): string {
  const line = visible(oneLine(text).replaceAll("\t", " "));
  const letters = Array.from(line);
  return letters.length <= WIDTH ? line : `${letters.slice(0, WIDTH).join("")}...`;
}

/** Columns that a text takes: one a character; the one text that may hold wide ones stands last. */
function widthOf(text: string): number {
  return Array.from(text).length;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)))
      .join("   ")
      .trimEnd(),
  );
}

const CHOICE = { for: "+1", against: "-1", abstain: "0", spoiled: "spoiled" } as const;

/** `2026-01-31 09:05:00` of a time in UTC. */
const moment = (time: string): string => time.slice(0, 19).replace("T", " ");

function ballotRow({ ballot, organisation, uncounted }: Counted): string[] {
  return [
    uncounted === null ? "✔" : "·",
    shown(ballot.voter.login),
    organisation === null ? "-" : shown(organisation),
    CHOICE[ballot.choice],
    moment(ballot.updated),
    uncounted ?? "counts",
    shown(ballot.reason ?? ""),
  ];
}

/** The whole text of a tally. */
export function tallyText(tally: Tally): string {
  const { cast, approval } = tally;
  const parties = tally.organisations.map((party) => [
    shown(party.organisation),
    String(party.for),
    String(party.against),
    party.share,
    party.without ?? "nothing left",
  ]);
  const blocks = [
    [
      `${tally.outcome === "passed" ? "✔" : "✘"} ${tally.outcome}: ${cast.for} for, ${cast.against} against, ${cast.abstain} abstaining; approval ${approval ?? "none"}`,
    ],
    columns(tally.reasons.map(({ rule, met, text }) => [`  ${met ? "✔" : "✘"} ${rule}`, oneLine(visible(text))])),
    parties.length === 0
      ? []
      : columns([["organisation", "for", "against", "share", "approval without it"], ...parties]),
    tally.ballots.length === 0
      ? ["no ballots"]
      : columns([["", "voter", "organisation", "ballot", "said (UTC)", "", "reason"], ...tally.ballots.map(ballotRow)]),
  ];
  const spoiled = tally.ballots.some(({ uncounted }) => uncounted === "spoiled");
  if (spoiled) blocks.push([`a ballot is ${BALLOT_FORMS}; anything else is spoiled`]);
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}
