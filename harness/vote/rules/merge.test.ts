// What the ledger holds next: comments that come, change and go before and after the deadline.
import { describe, expect, it } from "vitest";
import type { Ballot } from "../../domain/vote.ts";
import { mergeBallots } from "./ballots.ts";
import { ballot, DEADLINE, minutesAfter } from "./testing/elections.ts";

const RUNNING = minutesAfter(-10);
const OVER = minutesAfter(10);
const old = ballot(1, 1, "for", -60);
const edited = (minutes: number): Ballot => ({ ...ballot(1, 1, "against", -60), updated: minutesAfter(minutes) });
const merged = (known: readonly Ballot[], seen: readonly Ballot[], now: string): Ballot[] =>
  mergeBallots(known, seen, now, DEADLINE);

describe("before the deadline", () => {
  it("the comments decide: new, edited and deleted ones", () => {
    expect(merged([], [old], RUNNING)).toEqual([old]);
    expect(merged([old], [edited(-20)], RUNNING)).toEqual([edited(-20)]);
    expect(merged([old], [], RUNNING)).toEqual([]);
  });

  it("and in its second, what is there holds", () => {
    expect(merged([old], [], DEADLINE)).toEqual([]);
  });

  it("an edit in the second of the last one holds", () => {
    expect(merged([old], [edited(-60)], RUNNING)).toEqual([edited(-60)]);
  });

  it("an older state of a comment, from an answer that was kept too long, does not come back", () => {
    expect(merged([edited(-20)], [old], RUNNING)).toEqual([edited(-20)]);
  });

  it("a comment that pages of the list show twice is one, as it was last", () => {
    expect(merged([], [edited(-20), old], RUNNING)).toEqual([edited(-20)]);
    expect(merged([], [old, edited(-20)], RUNNING)).toEqual([edited(-20)]);
  });
});

describe("after the deadline", () => {
  it("what is known stays, whether its comment is deleted or edited", () => {
    expect(merged([old], [], OVER)).toEqual([old]);
    expect(merged([old], [edited(5)], OVER)).toEqual([old]);
    expect(merged([old], [{ ...old, voter: { id: 1, login: "renamed" } }], OVER)).toEqual([old]);
  });

  it("what was said in time and is seen only now is added, as new comment or as edit", () => {
    expect(merged([], [old], OVER)).toEqual([old]);
    expect(merged([old], [edited(-5)], OVER)).toEqual([edited(-5)]);
  });

  it("what was written in time, edited afterwards and never known is added for the tally to mark", () => {
    expect(merged([], [edited(5)], OVER)).toEqual([edited(5)]);
    expect(merged([edited(5)], [edited(7)], OVER)).toEqual([edited(5)]);
  });

  it("a late comment is added too: everything that was said is in the record", () => {
    const late = ballot(2, 2, "for", 5);
    expect(merged([old], [old, late], OVER)).toEqual([old, late]);
  });
});

describe("a clock that is wrong", () => {
  it("and lags does not reopen the vote: a late comment proves that it is over", () => {
    const late = ballot(2, 2, "for", 5);
    expect(merged([old], [late], RUNNING)).toEqual([old, late]);
    expect(merged([old], [edited(5)], RUNNING)).toEqual([old]);
  });

  it("and lags behind a ballot is no error", () => {
    expect(merged([], [old], minutesAfter(-5000))).toEqual([old]);
  });
});

describe("merging", () => {
  it("again changes nothing, and orders by time", () => {
    const seen = [ballot(9, 3, "for", -5), ballot(4, 2, "for", -50), edited(-20)];
    const once = merged([old], seen, OVER);
    expect(once.map(({ comment }) => comment)).toEqual([1, 4, 9]);
    expect(merged(once, seen, OVER)).toEqual(once);
  });
});
