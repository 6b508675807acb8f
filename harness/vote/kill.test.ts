// Killed after any call, or with any call failing: run again, the world is the one of an undisturbed run.
import { describe, expect, it } from "vitest";
import type { Fault } from "../testing/github/fault.ts";
import type { World } from "../testing/github/snapshot.ts";
import { DAY, type Story, story, verdict } from "./testing/story.ts";

/** The turns of a vote's life; each is followed by a run. */
const TURNS: readonly ((now: Story) => void)[] = [
  (now) => now.evidence(verdict()),
  (now) => {
    for (const voter of [0, 1, 2, 3, 4]) now.vote(voter, "/vote +1");
    now.vote(5, "/vote -1 the tail is slow");
  },
  (now) => {
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/kernel.mlu": "better" });
    now.evidence(verdict({ sourceDigest: "d".repeat(64) }));
  },
  (now) => {
    for (const voter of [0, 1, 2, 3, 4, 5]) now.vote(voter, "/vote +1");
  },
  (now) => now.twin.clock.advance(7 * DAY + 1000),
  (now) => now.twin.clock.advance(DAY),
];

interface Told {
  readonly world: World;
  /** Calls of each turn's run. */
  readonly calls: readonly (readonly string[])[];
}

/** Tells the story; `disturb` may set faults before the run of a turn, which is then run again undisturbed. */
async function tell(disturb: (turn: number, now: Story) => boolean): Promise<Told> {
  const now = await story();
  const calls: string[][] = [];
  for (const [turn, happens] of TURNS.entries()) {
    happens(now);
    now.twin.revive();
    if (disturb(turn, now)) {
      await now.run().catch(() => undefined);
      now.twin.revive();
    }
    await now.run();
    calls.push([...now.twin.calls]);
  }
  expect(now.twin.violations).toEqual([]);
  const world = now.twin.world();
  await now.stop();
  return { world, calls };
}

/** A world without its times and what is computed from them, digests and commits: a wait for a limit moves the clock. */
function timeless({ checks, ...world }: World): string {
  const bare = (part: unknown): string =>
    JSON.stringify(part)
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?Z| UTC)/g, "T")
      .replaceAll(/\b(?=[a-f]*\d)[0-9a-f]{7,64}\b/g, "#");
  return [bare(world), ...Object.values(checks).map(bare).toSorted()].join("\n");
}

const undisturbed = await tell(() => false);
const WRITE = /create|update|add|remove|merge|put|set/;

describe("a reconciler", () => {
  // A read changes nothing: to be killed before any of those between two writes is the same. So: around each write, and at the start.
  const points = undisturbed.calls.flatMap((calls, turn) =>
    calls.flatMap((operation, index) => {
      const before = calls[index - 1];
      return before === undefined || WRITE.test(operation) || WRITE.test(before) ? [{ turn, index, operation }] : [];
    }),
  );

  it("takes the vote to its end when nothing disturbs it", () => {
    expect(Object.values(undisturbed.world.issues).filter(({ title }) => title.startsWith("Vote: "))).toHaveLength(2);
    expect(points.length).toBeGreaterThan(60);
  });

  it.each(points)(
    "killed before call $index of turn $turn ($operation) leaves nothing that a second run does not mend",
    async ({ turn, index }) => {
      const told = await tell((at, { twin }) => {
        if (at !== turn) return false;
        twin.faults = (call) => (call >= index ? "die" : "none");
        return true;
      });
      expect(told.world).toEqual(undisturbed.world);
    },
  );
});

describe("a reconciler whose write", () => {
  const writes = undisturbed.calls.flatMap((calls, turn) =>
    calls.flatMap((operation, index) => (WRITE.test(operation) ? [{ turn, index, operation }] : [])),
  );
  // Reads are repeated by the port; the first of each kind in each turn stands for the others.
  const reads = undisturbed.calls.flatMap((calls, turn) =>
    [...new Set(calls)].flatMap((operation) =>
      WRITE.test(operation) ? [] : [{ turn, index: calls.indexOf(operation), operation }],
    ),
  );
  it.each(
    reads.map((point, at) => ({ ...point, fault: (["500", "502", "timeout-before"] as const)[at % 3] ?? "500" })),
  )("or read, $operation in turn $turn, meets $fault, changes nothing by it", async ({ turn, index, fault }) => {
    const told = await tell((at, { twin }) => {
      if (at !== turn) return false;
      twin.faults = (call) => (call === index ? fault : "none");
      return true;
    });
    expect(told.world).toEqual(undisturbed.world);
  });

  const faults: readonly Fault[] = ["500", "secondary-limit", "timeout-after-effect"];

  it.each(writes.flatMap((point) => faults.map((fault) => ({ ...point, fault }))))(
    "$operation in turn $turn meets $fault ends in the same world",
    async ({ turn, index, fault }) => {
      const told = await tell((at, { twin }) => {
        if (at !== turn) return false;
        twin.faults = (call) => (call === index ? fault : "none");
        return true;
      });
      if (fault === "secondary-limit") expect(timeless(told.world)).toEqual(timeless(undisturbed.world));
      else expect(told.world).toEqual(undisturbed.world);
    },
  );
});
