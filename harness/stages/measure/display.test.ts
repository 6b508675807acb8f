// Times for people: one line a task, in nanoseconds.
import { expect, it } from "vitest";
import { displayTimes } from "./display.ts";

it("each task has a name, a median in nanoseconds and its samples", async () => {
  let calls = 0;
  const [time, ...more] = await displayTimes({
    spin: () => {
      const until = performance.now() + 1;
      while (performance.now() < until) calls += 1;
    },
  });
  expect(more).toEqual([]);
  expect(time).toMatchObject({ name: "spin", samples: expect.any(Number), madNs: expect.any(Number) });
  // A task of a millisecond: neither seconds nor microseconds.
  expect(time?.medianNs).toBeGreaterThanOrEqual(0.9e6);
  expect(time?.medianNs).toBeLessThan(100e6);
  expect(calls).toBeGreaterThan(0);
});
