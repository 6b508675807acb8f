// Rules: numbers keep their meaning when they are shortened.
import { describe, expect, it } from "vitest";
import { bindings, count, duration, instant, percent, plural, ratio, ratioInterval, real } from "./format.ts";

describe("format", () => {
  it("groups digits of counts", () => {
    expect([0, 999, 1000, 1234567].map(count)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([plural(1, "case"), plural(2048, "case")]).toEqual(["1 case", "2,048 cases"]);
  });
  it("shows what is no finite number as it is", () => {
    expect(["NaN", "Infinity", "-Infinity"].map((value) => real(value as "NaN"))).toEqual(["NaN", "\u221e", "-\u221e"]);
  });
  it("keeps three significant digits, in scientific notation where they would be lost", () => {
    expect([0, 0.5, 1.23456, 0.00012345, 123456.7, 7e9, -88.12].map(real)).toEqual([
      "0",
      "0.5",
      "1.23",
      "1.23e-4",
      "123,457",
      "7e+9",
      "-88.1",
    ]);
  });
  it("gives times the unit of their size", () => {
    expect([0, 812, 1840, 2140000, 31e9].map(duration)).toEqual([
      "0 ns",
      "812 ns",
      "1.84 \u00b5s",
      "2.14 ms",
      "31.0 s",
    ]);
  });
  it("writes ratios with two digits and their interval without units", () => {
    expect([ratio(1.374), ratio(12.34), ratio(250.4)]).toEqual(["1.37x", "12.3x", "250x"]);
    expect(ratioInterval(1.37, [1.34, 1.4])).toBe("1.37x [1.34, 1.40]");
    expect(ratioInterval(250.4, [248, 253])).toBe("250x [248, 253]");
  });
  it("lets no interval look like a point", () => {
    expect(ratioInterval(1.0487, [1.0465, 1.0512])).toBe("1.049x [1.046, 1.051]");
    expect(ratioInterval(1, [1, 1])).toBe("1.0000x [1.0000, 1.0000]");
  });
  it("never rounds a share to nothing or to all", () => {
    expect([percent(0, 9), percent(9, 9), percent(1, 1e6), percent(999999, 1e6), percent(1, 8)]).toEqual([
      "0 %",
      "100 %",
      "< 0.1 %",
      "> 99.9 %",
      "12.5 %",
    ]);
  });
  it("writes times in UTC and leaves what is no time", () => {
    expect(instant("2026-11-22T12:15:00+02:00")).toBe("2026-11-22 10:15:00 UTC");
    expect(instant("yesterday")).toBe("yesterday");
  });
  it("writes axes and attributes in their order", () => {
    expect(bindings({ B: 1, causal: true, pads: [1, 1] })).toBe("B 1, causal true, pads 1 1");
  });
});
