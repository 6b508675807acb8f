// A run that is interrupted and goes on, and machines that break under it: what is final is kept at once and never done again.
import { describe, expect, it } from "vitest";
import type { Clock } from "../domain/ports.ts";
import { HarnessError, InputError } from "../domain/problem.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { type Asked, done, type Script } from "../testing/lane.ts";
import { NEGATE, negated } from "../testing/negate.ts";
import { candidateOnly, type FakeWorld, fakeWorld, right, runAll, wrong } from "../testing/world.ts";
import { SUBMISSION } from "../testing/miniature.ts";
import type { Journal } from "./request.ts";

interface MemoryJournal extends Journal {
  readonly records: RunRecord[];
}

/** A journal in memory that has some records of an earlier process. */
function journalOf(before: readonly RunRecord[] = [], keep?: (kept: number) => void): MemoryJournal {
  const records: RunRecord[] = [];
  return {
    records,
    begin: async () => undefined,
    finished: (submission, name) =>
      before.find(
        (one) => `${one.submission.vendor}/${one.submission.submission}` === submission && one.case.name === name,
      ),
    keep: async (fresh) => {
      keep?.(records.length + fresh.length);
      records.push(...fresh);
    },
  };
}

const names = (records: readonly RunRecord[]): string[] => records.map(({ case: { name } }) => name).sort();
const opened = (world: FakeWorld): number =>
  world.lanes.flatMap(({ events }) => events).filter((event) => event.startsWith("open acme/sums right")).length;
const lost = new HarnessError("BROKER_LOST", "gone", "run again");
const HOST = {
  [`${SUBMISSION}/submission.yaml`]: (NEGATE[`${SUBMISSION}/submission.yaml`] ?? "").replace(
    "{backend: toy, chips: [T1]}",
    "{backend: cpu, chips: [host]}",
  ),
};

async function undisturbed(script: Script = { call: right }): Promise<readonly RunRecord[]> {
  const [result] = await runAll(fakeWorld(script), { journal: journalOf() });
  return result?.records ?? [];
}

describe("a case that is final", () => {
  it("is kept before the next one ends the run", async () => {
    let calls = 0;
    const journal = journalOf();
    const dies = (asked: Asked): ReturnType<typeof right> => {
      calls += 1;
      if (calls > 20) throw new TypeError("a bug");
      return right(asked);
    };
    await expect(runAll(fakeWorld({ call: dies }), { journal })).rejects.toThrow(TypeError);
    expect(journal.records.length).toBeGreaterThan(0);
    const whole = await undisturbed();
    for (const record of journal.records) expect(whole).toContainEqual(record);
  });

  it("is kept once, and every record of the result is kept", async () => {
    const journal = journalOf();
    const [result] = await runAll(fakeWorld({ call: wrong }), { journal });
    expect(names(journal.records)).toEqual(names(result?.records ?? []));
  });

  it("is not kept where the infrastructure prevented it", async () => {
    const journal = journalOf();
    const half = ({ inputs, companion }: Asked): ReturnType<typeof right> => {
      if (!companion && inputs["x"]?.dtype === "float16") throw lost;
      return done(negated(inputs));
    };
    const [result] = await runAll(fakeWorld({ call: half }), { journal, cases: "eight_*" });
    expect(result?.status).toBe("INFRA_ERROR");
    expect(names(journal.records)).toEqual(["eight_float32"]);
  });
});

describe("a run that goes on", () => {
  it("gives what an undisturbed one gives, and opens nothing for what is whole", async () => {
    const whole = await undisturbed();
    const world = fakeWorld({ call: right });
    const [result] = await runAll(world, { journal: journalOf(whole.slice(0, 3)) });
    expect(result).toMatchObject({ status: "PASSED", conforms: true, records: whole });
    expect(opened(world)).toBe(2);
    const none = fakeWorld({ call: right });
    await runAll(none, { journal: journalOf(whole) });
    expect(opened(none)).toBe(0);
  });

  it("does not race a submission that failed before", async () => {
    const failed = await runAll(fakeWorld({ call: wrong }, HOST), { journal: journalOf() });
    const records = failed.flatMap((result) => result.records);
    const world = fakeWorld({ call: right }, HOST);
    const [result] = await runAll(world, { journal: journalOf(records.slice(0, 1)) });
    expect([result?.status, result?.records[0]]).toEqual(["INCORRECT_NUMERICAL", records[0]]);
    expect(world.lanes.flatMap(({ events }) => events).filter((event) => event.startsWith("race"))).toEqual([]);
  });

  it("is refused where the same source is built to other bytes", async () => {
    const [first, ...rest] = await undisturbed();
    if (first === undefined) throw new Error("no record");
    const other = { ...first, submission: { ...first.submission, artifactDigest: "f".repeat(64) } };
    const run = runAll(fakeWorld({ call: right }), { journal: journalOf([other, ...rest]) });
    await expect(run).rejects.toThrow(InputError);
  });
});

describe("a disk that is full", () => {
  it("ends the run with what was kept; nobody's kernel is blamed", async () => {
    const full = new HarnessError("DISK", "no room", "free some");
    const journal = journalOf([], (kept) => {
      if (kept > 2) throw full;
    });
    await expect(runAll(fakeWorld({ call: right }), { journal })).rejects.toBe(full);
    expect(journal.records).toHaveLength(2);
  });

  it("under the cache is an infrastructure error of the case, and the others are judged", async () => {
    const world = fakeWorld({ call: right });
    const { cache } = world.ports;
    let puts = 0;
    const put = async (key: string, content: Uint8Array): Promise<void> => {
      puts += 1;
      // The first is the library, the second the inputs of a published case.
      if (puts === 2) throw new HarnessError("DISK", "no room", "free some");
      await cache.put(key, content);
    };
    const ports = { ...world.ports, cache: { ...cache, put } };
    const [result] = await runAll({ ...world, ports });
    expect(result?.status).toBe("INFRA_ERROR");
    expect(result?.records.map(({ status }) => status).sort()).toEqual(["INFRA_ERROR", "PASSED", "PASSED", "PASSED"]);
  });
});

describe("a compiler without room to write", () => {
  it("is a fault of the machine, not of the source", async () => {
    const world = fakeWorld({ call: right }, {}, "fatal error: error writing to kernel.s: No space left on device\n");
    const { files } = world.ports;
    const write: typeof files.write = async (path, content) => {
      if (path.endsWith("/room") && content.length > 0) throw new HarnessError("DISK", "no room", "free some");
      await files.write(path, content);
    };
    const full = { ...world, ports: { ...world.ports, files: { ...files, write } } };
    await expect(runAll(full)).rejects.toMatchObject({ code: "DISK" });
    expect((await runAll(world))[0]?.status).toBe("COMPILE_ERROR");
  });
});

describe("a child that was killed from outside", () => {
  const killed = { kind: "signal", message: "", signal: "SIGKILL" } as const;

  it("is tried again: the kernel is not blamed", async () => {
    let kills = 0;
    const once = candidateOnly((asked) => {
      kills += 1;
      return kills <= 2 ? { state: "failed", failure: killed } : right(asked);
    });
    expect(await undisturbed(once)).toEqual(await undisturbed());
  });

  it("three times was killed by what the kernel does", async () => {
    const [result] = await runAll(fakeWorld(candidateOnly(() => ({ state: "failed", failure: killed }))));
    expect(result?.status).toBe("RUNTIME_ERROR");
  });
});

describe("a run that loses lanes without end", () => {
  it("stops with what it has", async () => {
    const world = fakeWorld({
      call: () => {
        throw lost;
      },
    });
    const run = runAll(world, { cases: "*" });
    await expect(run).rejects.toMatchObject({
      code: "BROKER_LOST",
      message: expect.stringContaining("stops with what it has"),
    });
    expect(world.lanes.every(({ events }) => events.at(-1) === "end")).toBe(true);
  });

  it("a broken witness is asked again, and its case judged", async () => {
    let losses = 0;
    const script: Script = {
      call: (asked) => {
        if (asked.kernel.name === "echo" && losses < 2) {
          losses += 1;
          throw lost;
        }
        return right(asked);
      },
    };
    expect(await undisturbed(script)).toEqual(await undisturbed());
  });
});

describe("a clock that is set while a run is under way", () => {
  it("changes nothing but the times of records", async () => {
    const timeless = (records: readonly RunRecord[]): unknown[] => records.map((record) => ({ ...record, time: "" }));
    for (const years of [-30, 30]) {
      const world = fakeWorld({ call: right }, HOST);
      let looks = 0;
      const clock: Clock = {
        ...world.ports.clock,
        now: () => {
          looks += 1;
          return new Date(Date.UTC(2026 + (looks % 2) * years, 10, 22));
        },
      };
      const jumping = await runAll({ ...world, ports: { ...world.ports, clock } }, { journal: journalOf() });
      const steady = await runAll(fakeWorld({ call: right }, HOST), { journal: journalOf() });
      expect(timeless(jumping[0]?.records ?? [])).toEqual(timeless(steady[0]?.records ?? []));
    }
  });
});

describe("--device below full isolation", () => {
  const script: Script = { call: right, isolation: "userns" };

  it("is refused before anything is judged", async () => {
    const run = runAll(fakeWorld(script, HOST), { device: "cpu", selection: ["--device cpu"] });
    await expect(run).rejects.toMatchObject({ code: "ISOLATION_WEAK", message: expect.stringContaining("'userns'") });
  });

  it("goes on where that was asked for, and no vote may rest on its records", async () => {
    const selection = ["--device cpu", "--below-full"];
    const [result] = await runAll(fakeWorld(script, HOST), { device: "cpu", selection, belowFull: true });
    expect(result?.status).toBe("PASSED");
    for (const { votable } of result?.records ?? [])
      expect(votable).toEqual(["isolation 'userns' is below the 'full' that a run on a device needs (--below-full)"]);
  });

  it("at full isolation the flag changes nothing", async () => {
    const selection = ["--device cpu", "--below-full"];
    const [result] = await runAll(fakeWorld({ call: right }, HOST), { device: "cpu", selection, belowFull: true });
    expect(result?.records.every(({ votable }) => votable === true)).toBe(true);
  });
});
