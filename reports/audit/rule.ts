// The frozen rule of a vote in words: all of it, so that nobody has to look for the file of those days.
import type { Fraction, Policy } from "../../harness/domain/governance.ts";
import { plural } from "../format.ts";
import { type Html, html } from "../html.ts";

const HOUR = 3_600_000;

/** "7 days", "36 hours"; never rounded. */
function span(milliseconds: number): string {
  const hours = milliseconds / HOUR;
  if (!Number.isInteger(hours)) return plural(milliseconds, "millisecond");
  return hours % 24 === 0 ? plural(hours / 24, "day") : plural(hours, "hour");
}

const fraction = ([part, whole]: Fraction): string => `${part}/${whole}`;

/** One sentence a condition. */
export function ruleSentences(policy: Policy): readonly string[] {
  const { window, extension, wait, quorum, approval, organisations, cap, cooldown, isolation } = policy;
  const camps = plural(organisations, "organisation");
  return [
    `Ballots count for ${span(window)} from the opening; a vote without quorum is prolonged once, by ${span(extension)}.`,
    `It takes ${plural(quorum, "binding ballot")} for or against; abstentions are no part of that.`,
    `It takes ${fraction(approval)} of the weight for and against in favour; one organisation has at most ${fraction(cap)} of the weight.`,
    `It takes ${camps} in favour, and the approval holds with any one organisation left out.`,
    "Ballots of who is recused are shown and not counted, save objections where the electorate says so; an objection needs a reason.",
    `A vote that passed is merged ${span(wait)} after its deadline at the earliest.`,
    `After a lost vote the same source waits ${span(cooldown)} for another, or for ${camps} to ask for it.`,
    `The weakest isolation that evidence may come from: ${isolation.emulated} in emulation, ${isolation.device} on a device.`,
  ];
}

export function ruleList(policy: Policy): Html {
  return html`<ul class="plain">
${ruleSentences(policy).map((sentence) => html`<li>${sentence}</li>\n`)}</ul>`;
}
