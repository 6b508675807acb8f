// The reviewed files of governance: policy, voters and waivers decoded, with what their schemas cannot say.
import { createHash } from "node:crypto";
import {
  type Fraction,
  type Policy,
  policySchema,
  type Voter,
  votersSchema,
  type Waiver,
  waiverSchema,
} from "../../domain/governance.ts";
import type { Checked, Problem } from "../../domain/problem.ts";
import { decode, type Decoded, type Manifest, type Path, type Schema } from "../../manifest.ts";

/** Characters of such a file: more is no list that somebody reviewed. */
const LARGEST = 1_000_000;
/** GitHub's account for comments of deleted accounts: everybody and nobody. */
const GHOST = 10_137;

/** sha256 of a file's bytes in UTF-8, in hex. */
function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A path, what is wrong there, and what to write instead. */
type Fault = readonly [path: Path, message: string, fix: string];

/** Decodes, then asks for the faults that a schema cannot see. Every problem has its place. */
function read<Given extends Schema>(
  text: string,
  file: string,
  schema: Given,
  faultsOf: (value: Decoded<Given>) => readonly Fault[],
): Checked<Decoded<Given>> {
  if (text.length > LARGEST) {
    const problem: Problem = {
      code: "VALUE_INVALID",
      place: { file, line: 1, column: 1 },
      message: `the file has ${text.length} characters, the most is ${LARGEST}`,
      fix: "remove what does not belong in it",
    };
    return { ok: false, problems: [problem] };
  }
  const decoded: Checked<Manifest<Decoded<Given>>> = decode(text, file, schema);
  if (!decoded.ok) return decoded;
  const manifest = decoded.value;
  const problems = faultsOf(manifest.value).map(([path, message, fix]) =>
    manifest.problem("VALUE_INVALID", path, message, fix),
  );
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: manifest.value };
}

const textOf = ([part, whole]: Fraction): string => `${part}/${whole}`;
const less = ([a, b]: Fraction, [c, d]: Fraction): boolean => BigInt(a) * BigInt(d) < BigInt(c) * BigInt(b);

function policyFaults({ approval, cap, organisations, quorum }: Decoded<typeof policySchema>): Fault[] {
  const faults: (Fault | false)[] = [
    organisations < 2 && [
      ["organisations"],
      `with ${organisations} organisation in favour one alone could decide`,
      "ask for 2 or more",
    ],
    quorum < organisations && [
      ["quorum"],
      `${organisations} organisations in favour take at least ${organisations} ballots, the quorum of ${quorum} never decides`,
      `raise the quorum to ${organisations} or more`,
    ],
    less(approval, [1, 2]) && [
      ["approval"],
      `at ${textOf(approval)} a vote with more against than for could pass`,
      "ask for 1/2 or more",
    ],
    !less(cap, approval) && [
      ["cap"],
      `one organisation with ${textOf(cap)} of the weight would reach the approval of ${textOf(approval)} alone`,
      `choose a cap below ${textOf(approval)}`,
    ],
  ];
  return faults.filter((fault) => fault !== false);
}

/** Whether a date is one of the calendar's: 2026-02-30 is not. */
function exists(day: string): boolean {
  const moment = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(day);
}

function dateFault(path: Path, day: string | undefined): Fault[] {
  if (day === undefined || exists(day)) return [];
  return [[path, `'${path.join(".")}': the calendar has no ${day}`, "write a day that exists"]];
}

function voterFaults(voter: Voter, index: number, earlier: readonly Voter[]): Fault[] {
  const at = (key: keyof Voter): Path => ["voters", index, key];
  const login = voter.login.toLowerCase();
  const faults: (Fault | false)[] = [
    voter.id === GHOST && [
      at("id"),
      `${GHOST} stands for every deleted account, not for a person`,
      "remove the voter, or look the number up again",
    ],
    earlier.some(({ id }) => id === voter.id) && [
      at("id"),
      `the voter ${voter.id} is there twice`,
      "keep one of the two: a person has one ballot and one organisation",
    ],
    earlier.some((other) => other.login.toLowerCase() === login) && [
      at("login"),
      `the login '${voter.login}' is there twice; GitHub does not tell its capitals apart`,
      "keep one of the two, or correct the login of the other",
    ],
    voter.until !== undefined &&
      exists(voter.since) &&
      exists(voter.until) &&
      voter.until <= voter.since && [
        at("until"),
        `'until' ${voter.until} is not after 'since' ${voter.since}`,
        "'until' is the first day on which ballots no longer count; remove the voter if there was none before",
      ],
  ];
  return [
    ...faults.filter((fault) => fault !== false),
    ...dateFault(at("since"), voter.since),
    ...dateFault(at("until"), voter.until),
  ];
}

/** `policy.yaml` -> a policy as the ledger freezes it, or every problem. */
export function decodePolicy(
  text: string,
  file: string,
): Checked<{ readonly digest: string; readonly policy: Policy }> {
  const checked = read(text, file, policySchema, policyFaults);
  if (!checked.ok) return checked;
  const { approval, cap } = checked.value;
  const policy: Policy = { ...checked.value, approval: [...approval], cap: [...cap] };
  return { ok: true, value: { digest: digestOf(text), policy } };
}

/** `voters.yaml` -> its voters, or every problem. An empty list is a file like any other: nobody can vote, and no vote has a quorum. */
export function decodeVoters(
  text: string,
  file: string,
): Checked<{ readonly digest: string; readonly voters: readonly Voter[] }> {
  const decoded = read(text, file, votersSchema, ({ voters }) =>
    voters.flatMap((voter, index) => voterFaults(voter, index, voters.slice(0, index))),
  );
  return decoded.ok ? { ok: true, value: { digest: digestOf(text), voters: decoded.value.voters } } : decoded;
}

/** A waiver's file -> the waiver, or every problem. Whether it has expired is for the day of the vote to say. */
export function decodeWaiver(
  text: string,
  file: string,
): Checked<{ readonly digest: string; readonly waiver: Waiver }> {
  const decoded = read(text, file, waiverSchema, ({ cases, until }) => [
    ...dateFault(["until"], until),
    ...cases.flatMap((name, index): Fault[] =>
      cases.indexOf(name) === index ? [] : [[["cases", index], `the case '${name}' is there twice`, "keep one"]],
    ),
  ]);
  return decoded.ok ? { ok: true, value: { digest: digestOf(text), waiver: decoded.value } } : decoded;
}
