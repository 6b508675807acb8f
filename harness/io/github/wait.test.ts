import { describe, expect, it } from "vitest";
import { virtualClock } from "../../testing/github/clock.ts";
import { crowd, gate } from "./wait.ts";

describe("a gate", () => {
  it("lets one pass at a time, in order, with the distance that it was given", async () => {
    const clock = virtualClock("2026-01-01T00:00:00Z");
    const started = clock.now();
    const queue = gate(clock, 1000).key();
    const passed: number[] = [];
    const pass = async (name: number): Promise<void> => void passed.push(name, clock.now() - started);
    await queue.schedule({}, pass, 1);
    await queue.schedule({}, pass, 2);
    clock.advance(5000);
    await queue.schedule({}, pass, 3);
    expect(passed).toEqual([1, 0, 2, 1000, 3, 6000]);
  });
});

describe("a crowd", () => {
  it("has no more inside than it may, and lets the next in when one fails", async () => {
    const queue = crowd(2).key();
    let inside = 0;
    let most = 0;
    const visit = async (index: number): Promise<number> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      if (index === 1) throw new Error("left early");
      return index;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((index) => queue.schedule({}, visit, index)));
    expect(most).toBe(2);
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
      "fulfilled",
    ]);
  });
});
