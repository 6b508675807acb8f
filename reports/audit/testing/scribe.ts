// Writes a ledger entry by entry; chain and tallies are computed as in earnest.
import type { EvidenceVerdict } from "../../../harness/domain/evidence.ts";
import type { Event, EventOf } from "../../../harness/domain/ledger.ts";
import type { Ballot, Tally } from "../../../harness/domain/vote.ts";
import { pullKey, voteKey } from "../../../harness/vote/key.ts";
import { appended } from "../../../harness/vote/ledger.ts";
import { tally } from "../../../harness/vote/rules/tally.ts";
import { day, ELECTORS, POLICY, REPOSITORY, sha } from "./cast.ts";

/** What a vote is about. */
export interface About {
  readonly pull: number;
  readonly head: string;
  readonly evidence: string;
  readonly verdicts: readonly EvidenceVerdict[];
}

/** A ledger that grows; times are days after its first entry. */
export class Scribe {
  text = "";
  private readonly electors = [...ELECTORS];

  add(at: number, key: string, ...events: readonly Event[]): void {
    this.text = appended(
      this.text,
      events.map((event) => ({ key, event })),
      day(at),
      `run ${9000 + Math.floor(at)}`,
    );
  }

  keyOf({ pull, head, evidence }: About): string {
    return voteKey({ repository: REPOSITORY, pull, head, evidence, policy: sha("9") });
  }

  judged(at: number, { pull, head, evidence, verdicts }: About, attempt = 1): void {
    this.add(at, pullKey(REPOSITORY, pull), {
      type: "judged",
      pull,
      head,
      run: 7000 + pull,
      attempt,
      evidence,
      verdicts: verdicts.map(({ vendor, submission, sourceDigest, opDigest, device, status, conforms, failing }) => ({
        submission: `${vendor}/${submission}`,
        sourceDigest,
        opDigest,
        chip: device.chip,
        status,
        conforms,
        failing: failing.map(({ name }) => name),
      })),
    });
  }

  open(at: number, about: About, change: Partial<EventOf<"opened">> = {}): string {
    const key = this.keyOf(about);
    const { pull, head, evidence, verdicts } = about;
    const url = `https://github.com/openxpu/kernels/actions/runs/${7000 + pull}`;
    const opened: EventOf<"opened"> = {
      type: "opened",
      pull,
      head,
      title: "Attention in half precision",
      author: { id: 201, login: "cyd-borealis" },
      evidence: { digest: evidence, head, verdicts: [...verdicts], runs: [{ run: 7000 + pull, attempt: 1, url }] },
      policy: { digest: sha("9"), policy: { ...POLICY, approval: [2, 3], cap: [1, 3] } },
      electorate: { digest: sha("8"), electors: this.electors },
      waivers: [],
      deadline: day(at + 7),
      supersedes: null,
      ...change,
    };
    this.add(at, key, opened);
    this.add(at + 0.01, key, { type: "issue", issue: pull + 100 });
    return key;
  }

  ballots(at: number, key: string, ...ballots: readonly Ballot[]): void {
    const ordered = ballots.toSorted((a, b) => Date.parse(a.created) - Date.parse(b.created) || a.comment - b.comment);
    this.add(at, key, { type: "ballots", ballots: ordered });
  }

  tally(deadline: number, ...ballots: readonly Ballot[]): Tally {
    return tally(this.electors, ballots, POLICY, day(deadline));
  }
}
