import { describe, expect, it } from "vitest";
import { portOn } from "../../testing/github/port.ts";
import { twins } from "../../testing/github/started.ts";

const start = twins();
const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`d/${index}`, String(index)]));

describe("the files of a pull request", () => {
  it("are all of them, or an error: GitHub lists 3,000", async () => {
    const twin = await start();
    const author = twin.user("alice-cambricon");
    const port = portOn(twin);
    expect(await port.pullFiles(twin.openPull({ author, files: many(101) }))).toHaveLength(101);
    await expect(port.pullFiles(twin.openPull({ author, files: many(3001) }))).rejects.toMatchObject({
      code: "GITHUB_FAILED",
      message: expect.stringMatching(/counts 3001 and lists 3000/),
    });
  });

  it("name both ends of a rename", async () => {
    const twin = await start();
    twin.commitFiles("main", { "vendors/acme/k.c": "long enough" });
    const pull = twin.openPull({
      author: twin.user("alice-cambricon"),
      files: { "vendors/acme/k.c": null, "harness/k.c": "long enough" },
    });
    expect(await portOn(twin).pullFiles(pull)).toEqual([
      { path: "harness/k.c", previous: "vendors/acme/k.c", status: "renamed" },
    ]);
  });
});

describe("the commits of a pull request", () => {
  it("are all of them, or an error: GitHub lists 250", async () => {
    const twin = await start();
    const pull = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "0" } });
    for (let made = 1; made < 250; made += 1) twin.push(pull, { a: String(made) });
    const port = portOn(twin);
    expect(await port.pullCommits(pull)).toHaveLength(250);
    twin.push(pull, { a: "last" });
    await expect(port.pullCommits(pull)).rejects.toMatchObject({
      message: expect.stringMatching(/counts 251 and lists 250/),
    });
  });

  it("name the accounts behind them, and nobody where GitHub knows nobody", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const pull = twin.openPull({ author: alice, files: { a: "0" }, message: "First" });
    twin.push(pull, { a: "1" }, { author: null, message: "Second\n\nCo-authored-by: Bob <bob@example.test>" });
    const found = await portOn(twin).pullCommits(pull);
    expect(found.map(({ accounts, message }) => [accounts, message])).toEqual([
      [[{ id: alice.id, login: alice.login }], "First"],
      [[], "Second\n\nCo-authored-by: Bob <bob@example.test>"],
    ]);
  });
});

describe("a pull request", () => {
  it("of a deleted account is the ghost's", async () => {
    const twin = await start();
    const author = twin.user("alice-cambricon");
    const number = twin.openPull({ author, files: { a: "1" } });
    twin.deleteUser(author);
    const port = portOn(twin);
    expect((await port.pull(number))?.author).toEqual({ id: 10_137, login: "ghost" });
    expect((await port.pullCommits(number))[0]?.accounts).toEqual([]);
  });

  it("says from which repository its head is, and null when the fork is gone", async () => {
    const twin = await start();
    const author = twin.user("alice-cambricon");
    const [fork, own] = [
      twin.openPull({ author, files: { a: "1" } }),
      twin.openPull({ author, files: { b: "1" }, fork: false }),
    ];
    const port = portOn(twin);
    expect((await port.pull(own))?.head.repository).toBe(777);
    expect((await port.pull(fork))?.head.repository).not.toBe(777);
    const row = twin.state.pulls.get(fork);
    if (row !== undefined) row.headRepository = null;
    expect((await port.openPulls()).map(({ head }) => head.repository)).toEqual([null, 777]);
  });
});

describe("a file", () => {
  it("is the one of the commit, also above the size that GitHub sends inline", async () => {
    const twin = await start();
    const large = `${"é".repeat(1_000_000)}\n`;
    const commit = twin.commitFiles("main", { small: "ä\n", "a b/large": large });
    twin.commitFiles("main", { small: "other" });
    const port = portOn(twin);
    expect(await port.file("small", commit)).toBe("ä\n");
    expect(await port.file("a b/large", commit)).toBe(large);
    expect(await port.file("a b", commit)).toBeNull();
    expect(await port.file("none", commit)).toBeNull();
  });

  it("is none when it is a link", async () => {
    const twin = await start();
    const sha = twin.state.git.blob("/etc/passwd");
    const tree = twin.state.git.tree(new Map([["link", { sha, mode: "120000" }]]));
    const commit = twin.commitFiles("main", { a: "1" });
    const found = twin.state.git.commits.get(commit);
    if (found !== undefined) twin.state.git.commits.set(commit, { ...found, tree });
    const port = portOn(twin);
    expect(await port.file("link", commit)).toBeNull();
    expect(await port.files("", commit, 1000)).toBeNull();
    expect(await port.folder("", commit)).toEqual(["link"]);
  });

  it("is signed when the last commit that changed it was", async () => {
    const twin = await start();
    const path = ".github/governance/waivers/a.yaml";
    const plain = twin.commitFiles("main", { [path]: "1" });
    const signed = twin.commitFiles("main", { [path]: "2" }, { signed: true });
    const later = twin.commitFiles("main", { other: "x" });
    const port = portOn(twin);
    expect([await port.signed(path, plain), await port.signed(path, signed), await port.signed(path, later)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(await port.signed("none", later)).toBe(false);
  });
});

describe("a folder", () => {
  it("is listed by name, and never by half", async () => {
    const twin = await start();
    const port = portOn(twin);
    const commit = twin.commitFiles("main", { "w/b.yaml": "1", "w/a.yaml": "1", "w/x/y": "1" });
    expect(await port.folder("w", commit)).toEqual(["a.yaml", "b.yaml", "x"]);
    expect(await port.folder("none", commit)).toEqual([]);
    await expect(port.folder("d", twin.commitFiles("main", many(1000)))).rejects.toMatchObject({
      code: "GITHUB_FAILED",
    });
  });

  it("is read whole within its limits", async () => {
    const twin = await start();
    const port = portOn(twin);
    const commit = twin.commitFiles("main", { "v/a/k.c": "int x;", "v/a/sub/é.h": "y" });
    const found = await port.files("v/a", commit, 7);
    expect([...(found ?? [])].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])).toEqual([
      ["k.c", "int x;"],
      ["sub/é.h", "y"],
    ]);
    expect(await port.files("v/b", commit, 7)).toBeNull();
    await expect(port.files("v/a", commit, 6)).rejects.toMatchObject({ code: "GITHUB_FAILED" });
    expect(twin.counts()["git/get-blob"]).toBe(2);
    await expect(port.files("d", twin.commitFiles("main", many(201)), 1e6)).rejects.toMatchObject({
      code: "GITHUB_FAILED",
    });
  });
});

describe("a merge group", () => {
  it("is traced to its pull requests, in the order of their merges", async () => {
    const twin = await start();
    const author = twin.user("alice-cambricon");
    const pulls = [1, 2].map((index) => twin.openPull({ author, files: { [`f${index}`]: "1" } }));
    let tip = twin.state.refs.get("refs/heads/main") ?? "";
    for (const number of pulls) {
      const head = twin.state.pulls.get(number)?.head ?? "";
      const commit = twin.state.git.commits.get(tip);
      if (commit === undefined) throw new Error("no tip");
      tip = twin.state.git.commit({ ...commit, parents: [tip, head], message: `Merge ${number}` });
    }
    const port = portOn(twin);
    expect(await port.groupPulls(tip)).toEqual(pulls);
    twin.state.refs.set("refs/heads/queue", tip);
    const stray = twin.commitFiles("queue", { z: "1" });
    await expect(port.groupPulls(stray)).rejects.toMatchObject({
      message: expect.stringMatching(/belongs to no pull request/),
    });
  });

  it("of squashed pull requests is traced by the number that GitHub appends", async () => {
    const twin = await start();
    twin.state.refs.set("refs/heads/queue", twin.state.refs.get("refs/heads/main") ?? "");
    const commit = twin.commitFiles("queue", { z: "1" }, { message: "Not mine (#99) (#12)\n\n(#5)" });
    expect(await portOn(twin).groupPulls(commit)).toEqual([12]);
  });
});
