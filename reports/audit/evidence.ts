// What a vote rested on: verdicts, waivers, and the digests that bind them.
import type { EvidenceVerdict } from "../../harness/domain/evidence.ts";
import type { Waiver } from "../../harness/domain/governance.ts";
import { plural, ratioInterval, real } from "../format.ts";
import { type Html, html, joined, type Part } from "../html.ts";
import { deviceBadge, statusMark } from "../marks.ts";
import { cards, code, told } from "./parts.ts";
import type { Story } from "./story.ts";

const NONE = html`<span class="muted">none</span>`;

/** The status, and that it does not conform where the status alone would hide it. */
function verdictPart({ status, conforms, failing, unvotable }: EvidenceVerdict): Part {
  const failed = failing.map(
    (one) => html`<span class="sub">${code(one.name)} ${one.status}: ${told(one.finding)}</span>`,
  );
  return [
    statusMark(status),
    conforms ? null : html`<span class="sub">does not conform</span>`,
    failed,
    unvotable.map((reason) => html`<span class="sub warn">${reason}</span>`),
  ];
}

function witnessPart({ witnesses }: EvidenceVerdict): Part {
  if (witnesses.length === 0) return NONE;
  return joined(
    witnesses.map(({ executor, passed, present }) => html`${executor} ${passed} of ${present}`),
    html`<br>`,
  );
}

/** Of physical devices only, whatever the ledger says: an emulated time is no speed. */
function speedupPart({ device, speedups }: EvidenceVerdict): Part {
  if (device.emulated) return html`<span class="muted">emulated: none</span>`;
  if (speedups.length === 0) return NONE;
  const lines = speedups.map(
    ({ case: name, speedup: { value, interval, baseline } }) =>
      html`<span class="number">${ratioInterval(value, interval)}</span> <span class="muted small">over ${baseline}, ${name}</span>`,
  );
  return joined(lines, html`<br>`);
}

function verdictRow(verdict: EvidenceVerdict): readonly Part[] {
  const { vendor, submission, version, op, numerics, device, cases, headroom } = verdict;
  return [
    html`${vendor}/${submission} ${version}<span class="sub">${op}, ${numerics}</span>`,
    html`${device.chip} ${deviceBadge(device)}<span class="sub">${device.backend}, ${device.model}</span>`,
    verdictPart(verdict),
    html`${cases.passed} of ${cases.counted}<span class="sub">${cases.hidden} hidden</span>`,
    witnessPart(verdict),
    headroom === null ? html`<span class="muted">exact</span>` : real(headroom),
    speedupPart(verdict),
    device.isolation,
  ];
}

/** The verdicts as they were frozen. */
export function evidenceTable(story: Story): Html {
  const { verdicts } = story.opened.event.evidence;
  return cards(
    `Evidence of vote ${story.number}`,
    `${plural(verdicts.length, "verdict")}; speedups with their 95 % interval`,
    ["Submission", "Device", "Verdict", "Cases passed", "References", "Headroom used", "Speedup", "Isolation"],
    verdicts.map(verdictRow),
  );
}

/** Digests with what they are of, each pair once. */
export function boundDigests(pairs: readonly (readonly [name: string, digest: string])[]): Html {
  const distinct = new Map(pairs.map((pair) => [JSON.stringify(pair), pair]));
  return joined(
    [...distinct.values()].map(([name, digest]) => html`${name} ${code(digest)}`),
    html`<br>`,
  );
}

function waiverItem({ vendor, submission, cases, reason, by, until, sourceDigest }: Waiver): Html {
  return html`<li>${vendor}/${submission}, until ${until}, answered for by account ${by}: ${joined(cases.map(code), ", ")}
<span class="sub">${told(reason)}</span><span class="sub">for the sources ${code(sourceDigest)}</span></li>
`;
}

/** Failed gates that were lifted; null where there are none. */
export function waiverList(waivers: readonly Waiver[]): Html | null {
  if (waivers.length === 0) return null;
  return html`<div class="notice"><strong>${plural(waivers.length, "waiver")}</strong>: these failures were accepted by review.
<ul class="plain">
${waivers.map(waiverItem)}</ul></div>`;
}
