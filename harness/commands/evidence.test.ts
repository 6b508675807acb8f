// Packing and checking on the command line: what one job packs, another accepts; what is typed wrong exits 2, what is forged exits 1.
import { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../domain/problem.ts";
import { unzip } from "../io/archive.ts";
import { type MemoryFiles, memoryFiles } from "../testing/memory.ts";
import { fakeWorld, right } from "../testing/world.ts";
import { zip } from "../testing/zip.ts";
import { HARNESS, type Judged, judged, linesOf, RUN } from "../vote/evidence/testing/bundle.ts";
import type { Context } from "./context.ts";
import { evidenceCommand } from "./evidence.ts";

const ENVIRONMENT = { GITHUB_REPOSITORY_ID: "101", GITHUB_RUN_ID: "202", GITHUB_RUN_ATTEMPT: "1" };
const PACK = ["pack", "records.jsonl", "--out", "out", "--head", RUN.head, "--job"];

let honest: Judged;
let files: MemoryFiles;
beforeAll(async () => {
  honest = await judged();
  files = memoryFiles({ "/work/records.jsonl": linesOf(honest.records), "/work/build log.txt": "said\n" });
  files.contents.set("/work/expect.json", JSON.stringify(honest.expectation));
  for (const job of ["a", "b"]) {
    await typed(...PACK, job, "--log", "build log.txt");
    const names = ["bundle.json", "records.jsonl", "logs/build_log.txt"];
    const packed = await Promise.all(
      names.map(async (name) => ({ name, content: await files.read(`/work/out/${name}`) })),
    );
    files.contents.set(`/work/${job}.zip`, zip(packed));
    files.contents.set(`/work/forged-${job}.zip`, zip([...packed, { name: "../x", content: "" }]));
  }
});

/** Types a command and gives what it said; faults of the input are thrown. */
async function typed(...argv: readonly string[]): Promise<{ text: string; exit: number }> {
  return typedIn(ENVIRONMENT, ...argv);
}

async function typedIn(
  environment: Context["environment"],
  ...argv: readonly string[]
): Promise<{ text: string; exit: number }> {
  const said: string[] = [];
  let exit = 0;
  const world = fakeWorld({ call: right });
  const { toolchain } = await world.request();
  const context: Context = {
    terminal: { out: (text) => void said.push(text), note: (text) => void said.push(text) },
    environment,
    folder: "/work",
    checkout: "/work",
    world: async () => ({ ports: { ...world.ports, files }, toolchain }),
    exit: (code) => {
      exit = code;
    },
  };
  const program = new Command().exitOverride().addCommand(evidenceCommand(context, unzip));
  await program.parseAsync(["evidence", ...argv], { from: "user" });
  return { text: said.join("\n"), exit };
}

/** The problems that a command line is refused for. */
async function refused(environment: Context["environment"], ...argv: readonly string[]): Promise<string> {
  const error: unknown = await typedIn(environment, ...argv).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InputError)) throw new Error(`it was not refused: ${String(error)}`);
  return error.problems.map(({ code, place, message }) => `${code} ${place.file}: ${message}`).join("\n");
}

describe("what a job packs", () => {
  it("is accepted where another job agrees", async () => {
    const { text, exit } = await typed("check", "a.zip", "b.zip", "--expect", "expect.json");
    expect(exit).toBe(0);
    expect(text.replace(/[0-9a-f]{64}/, "<digest>")).toBe(
      [
        "  submission   device        isolation   status   cases   headroom used   speedup, 95 % interval",
        "✔ acme/sums    T1 emulated   full        PASSED   4/4     0.00            emulated: none",
        "",
        "evidence <digest>",
      ].join("\n"),
    );
  });

  it("names harness, run and head in its bundle", async () => {
    const bundle = JSON.parse(await files.text("/work/out/bundle.json")) as object;
    expect(bundle).toMatchObject({ ...RUN, harness: HARNESS, job: "b" });
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
    ["outside a workflow", {}, [...PACK, "a"], "USAGE GITHUB_REPOSITORY_ID: it is not set"],
    [
      "in a strange one",
      { ...ENVIRONMENT, GITHUB_RUN_ID: "x" },
      [...PACK, "a"],
      "USAGE GITHUB_RUN_ID: 'x' is no number",
    ],
    [
      "in another run",
      { ...ENVIRONMENT, GITHUB_RUN_ID: "7" },
      [...PACK, "a"],
      "SEED_INVALID records.jsonl: the seed is",
    ],
    ["under a strange name", ENVIRONMENT, [...PACK, "A B"], "USAGE --job: 'A B'"],
    ["of half a commit", ENVIRONMENT, [...PACK.slice(0, 4), "--head", "abc", "--job", "a"], "USAGE --head: 'abc'"],
    ["without records", ENVIRONMENT, ["pack", "none.jsonl", ...PACK.slice(2), "a"], "RUN_UNKNOWN none.jsonl"],
    ["with a log that is not there", ENVIRONMENT, [...PACK, "a", "--log", "none"], "RUN_UNKNOWN none"],
  ])("%s is refused", async (_, environment, argv, words) => {
    expect(await refused(environment, ...argv)).toContain(words);
  });

  it("of an unclean checkout, or of two runs, is refused", async () => {
    const [first, ...rest] = honest.records;
    const write = (change: object): void =>
      void files.contents.set("/work/odd.jsonl", linesOf([{ ...first, ...change }, ...rest]));
    const odd = ["pack", "odd.jsonl", ...PACK.slice(2), "a"];
    write({ run: "20261122T101500Z-000000" });
    expect(await refused(ENVIRONMENT, ...odd)).toContain("run id: there are 2 of them");
    files.contents.set("/work/odd.jsonl", linesOf([{ ...first, harness: { version: "1", commit: null } }]));
    expect(await refused(ENVIRONMENT, ...odd)).toContain("commit of the harness: there is none");
  });
});

describe("what is forged", () => {
  it("exits 1 and says why", async () => {
    const { text, exit } = await typed("check", "forged-a.zip", "b.zip", "--expect", "expect.json");
    expect(exit).toBe(1);
    expect(text).toContain("✘ 'forged-a.zip': '../x': its path leaves the folder");
    expect(text).toContain("refused: 2 bundles change nothing");
  });

  it("is one document with --json -", async () => {
    const { text, exit } = await typed("check", "a.zip", "--expect", "expect.json", "--json", "-");
    expect([exit, JSON.parse(text)]).toEqual([
      1,
      {
        schema: "openxpu.evidence-check/v1",
        ok: false,
        problems: ["there are bundles of 1 jobs, it takes 2"],
        evidence: null,
      },
    ]);
    await typed("check", "a.zip", "b.zip", "--expect", "expect.json", "--json", "said.json");
    expect(JSON.parse(await files.text("/work/said.json"))).toMatchObject({ ok: true, evidence: { head: RUN.head } });
  });
});

describe("an expectation", () => {
  it("that is not there, no JSON, or of another form is bad input", async () => {
    files.contents.set("/work/odd.json", "{");
    files.contents.set("/work/other.json", '{"repository": "x"}');
    const check = (file: string) => refused(ENVIRONMENT, "check", "a.zip", "--expect", file);
    expect(await check("none.json")).toContain("RUN_UNKNOWN none.json");
    expect(await check("odd.json")).toContain("YAML_INVALID odd.json");
    expect(await check("other.json")).toContain("KEY_MISSING other.json: 'head' is missing");
  });
});
