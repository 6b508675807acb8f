import type { Octokit } from "@octokit/rest";
import { describe, expect, it } from "vitest";
import { operations, parametersOf, source } from "./description.ts";
import { HEEDED } from "./heeded.ts";
import { RESOURCES } from "./resources.ts";
import { HERE, octokitOn, refusalOf, twins } from "./started.ts";
import { startTwin } from "./twin.ts";

const start = twins();

describe("the description", () => {
  it("has exactly the operations that the twin carries out", () => {
    expect(Object.keys(operations).toSorted()).toEqual(Object.keys(RESOURCES).toSorted());
    expect(source.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("has every parameter and field that the twin heeds", () => {
    const unknown = Object.entries(HEEDED).flatMap(([name, keys]) => {
      const operation = operations[name];
      if (operation === undefined) return [name];
      const parameters = parametersOf(operation).map((parameter) => ({ [parameter.name]: "" }));
      const text = JSON.stringify([operation.body, parameters]);
      return keys.filter((key) => !text.includes(`"${key}":`)).map((key) => `${name} ${key}`);
    });
    expect(unknown).toEqual([]);
  });

  it.each([
    [
      "an unknown path",
      (octokit: Octokit) => octokit.request("GET /repos/openxpu/kernels/teams"),
      /not in the description/,
    ],
    [
      "an unknown parameter",
      (octokit: Octokit) => octokit.request("GET /repos/openxpu/kernels/issues?lable=x"),
      /no query parameter 'lable'/,
    ],
    [
      "a parameter of the wrong form",
      (octokit: Octokit) => octokit.request("GET /repos/openxpu/kernels/issues?state=shut"),
      /query parameter 'state'/,
    ],
    [
      "an unknown field of a body",
      (octokit: Octokit) => octokit.request("POST /repos/openxpu/kernels/issues", { title: "a", boddy: "b" }),
      /"additionalProperty":"boddy"/,
    ],
    [
      "a missing field of a body",
      (octokit: Octokit) => octokit.request("POST /repos/openxpu/kernels/issues", { body: "b" }),
      /"missingProperty":"title"/,
    ],
    [
      "a parameter that the twin does not heed",
      (octokit: Octokit) => octokit.rest.issues.listForRepo({ ...HERE, milestone: "1" }),
      /'milestone' is in the description and not in the twin/,
    ],
    [
      "too long a summary",
      (octokit: Octokit) =>
        octokit.rest.checks.create({
          ...HERE,
          name: "c",
          head_sha: "0".repeat(40),
          output: { title: "t", summary: "x".repeat(65_536) },
        }),
      /summary must NOT have more than 65535 characters/,
    ],
  ])("turns %s into a violation and an answer 500", async (_, call, expected) => {
    const twin = await startTwin();
    expect((await refusalOf(call(octokitOn(twin)))).status).toBe(500);
    expect(twin.violations.join()).toMatch(expected);
    await twin.stop();
  });
});

describe("an answer", () => {
  it("that does not fit the description is a violation too", async () => {
    const twin = await startTwin();
    const issue = twin.openIssue(twin.user("alice-cambricon"), "Vote", "");
    Object.assign(twin.state.issues.get(issue) ?? {}, { title: 7 });
    await octokitOn(twin).rest.issues.get({ ...HERE, issue_number: issue });
    expect(twin.violations).toEqual([expect.stringMatching(/^issues\/get, answer 200: \/title must be string/)]);
    await twin.stop();
  });

  it("has what the description requires, also where the twin models nothing", async () => {
    const twin = await start();
    const { data } = await octokitOn(twin).rest.repos.get(HERE);
    expect(data).toMatchObject({ full_name: "openxpu/kernels", forks_count: 0, license: null });
  });
});
