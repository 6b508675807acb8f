// The last wall: whatever a command writes leaves the terminal as visible text.
import { describe, expect, it } from "vitest";
import { openxpu } from "../testing/terminal.ts";

describe("the terminal", () => {
  it("shows words of the command line that act as marks, also in texts that no command made", async () => {
    const { stderr, exit } = await openxpu("no\u001b[2J\u202esuch\u200b");
    expect(exit).toBe(2);
    expect(stderr).toContain("no[U+001B][2J[U+202E]such[U+200B]");
    expect(stderr).not.toMatch(/[\u001b\u202e\u200b]/);
  });
});
