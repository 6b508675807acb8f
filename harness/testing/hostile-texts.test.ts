// Texts that act on their readers, in every place where a submission can say something, looked for in every place where it is shown.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Run, runSchema } from "../domain/run-record.ts";
import { openxpuIn, type Spoken } from "./terminal.ts";
import { submissionYaml, vendorTree } from "./vendor-tree.ts";

const tree = vendorTree();

/** Text, and the form in which it acts; what is left of it elsewhere is words. */
const TEXTS: Readonly<Record<string, readonly [text: string, acts: RegExp]>> = {
  "a terminal sequence": ["\u001b[2J\u001b[31mred\u009b1A\u0007", /[\u001b\u009b\u0007]/],
  "a reversed text": ["\u202egnol\u2066 \u200bx\ufeff", /[\u202e\u2066\u200b\ufeff]/],
  "a workflow command": [
    "x\n::set-output name=passed::1\r\n##[group]evil\n::stop-commands::k",
    /^(::(?!error file=)|##\[)/m,
  ],
  "a line of ours": ["x\n✔ acme/evil   x86-64   22/22\n1 of 1 conform", /^(✔ acme|1 of 1 conform)/m],
  markup: [
    "</td></table></style><script>window.pwned=1</script>'\"><img src=x onerror=window.pwned=1>",
    /(^|[^\\])<(script>window|img)/,
  ],
  markdown: [
    "[x](http://example.invalid) @team `id` | a\n# out\n```\n",
    /(^|[^\\])\[x\]\(http|(^|[^\\＠])@team|^# out/m,
  ],
  "binary junk": ["\u0000\u0001\u0008\u007f\u0080\ufffe\u{e0041}", /[\u0000\u0001\u0008\u007f\u0080\ufffe\u{e0041}]/u],
};
const ALL = Object.values(TEXTS)
  .map(([text]) => text)
  .join("\n");
/** C knows no text with a zero in it. */
const WHOLE = ALL.replaceAll("\u0000", "");

/** A C string of exactly these bytes, and some that are no UTF-8. */
const literal = (text: string): string =>
  `${[...new TextEncoder().encode(text)].map((byte) => `"\\x${byte.toString(16).padStart(2, "0")}"`).join("")}"\\xff\\xc3"`;

const kernel = (name: string, body: string): string =>
  `#include <stdio.h>\n#include <unistd.h>\n#include <tvm/ffi/c_api.h>\nextern "C" __attribute__((visibility("default"))) int __tvm_ffi_${name}(void *, const void *, int, void *) { ${body} }\n`;

const yaml = (name: string, more = ""): string => submissionYaml(name, "qlinear_conv2d", "int32_half_even", more);

/** Where a submission speaks -> its files. */
const SPEAKERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  raises: {
    "kernel.cc": kernel(
      "raises",
      `TVMFFIErrorSetRaisedFromCStr(${literal(WHOLE.slice(0, 40))}, ${literal(WHOLE)}); return -1;`,
    ),
  },
  prints: {
    "kernel.cc": kernel("prints", `puts(${literal(WHOLE)}); fputs(${literal(WHOLE)}, stderr); fflush(0); _exit(3);`),
  },
  floods: {
    "kernel.cc": kernel(
      "floods",
      `static char block[3 << 18]; for (char &c : block) c = "\\xe2\\x82\\xac"[(&c - block) % 3]; for (int i = 0; i < 1366; i++) write(1, block, sizeof block); _exit(4);`,
    ),
  },
  fails: { "kernel.cc": `static_assert(false, ${literal(WHOLE)});\n#error ${WHOLE.replaceAll(/[\r\n]/g, " ")}\n` },
  places: { "kernel.cc": `#line 7 "${WHOLE.replaceAll(/[\r\n"\\]/g, " ")}"\nint x = y;\n` },
  names: {
    "kernel.cc": "",
    "submission.yaml": yaml("names").replace("[kernel.cc]", JSON.stringify([`${ALL}.cc`])),
  },
  values: {
    "kernel.cc": "",
    "submission.yaml": yaml("values").replace("entry: values", `entry: ${JSON.stringify(ALL)}`),
  },
  keys: { "kernel.cc": "", "submission.yaml": `${yaml("keys")}${JSON.stringify(ALL)}: 1\n` },
  "folder\n::error::\u202ex\u001b[2J<img src=x>": { "kernel.cc": "", "submission.yaml": yaml("folder") },
};

describe("a hostile text", () => {
  let run: Run;
  let spoken: Spoken;
  const places = new Map<string, string>();
  const out = join(tree.root, "out");

  beforeAll(async () => {
    const folders = Object.entries(SPEAKERS).map(([name, files]) =>
      tree.add(name, { "submission.yaml": yaml(name), ...files }),
    );
    const json = join(tree.root, "run.json");
    const summary = join(tree.root, "summary.md");
    const selection = ["--case", "prime_extents_asymmetric_pads", "--no-measure", "--executor", "torch"];
    const check = ["check", ...folders, ...selection, "--suite", "smoke", "--out", out];
    const actions = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
    spoken = await openxpuIn(actions, ...check, "--json", json);
    run = runSchema.parse(JSON.parse(readFileSync(json, "utf8")));
    places.set("the table", spoken.stdout);
    places.set("progress and annotations", spoken.stderr);
    places.set("the JSON document", readFileSync(json, "utf8"));
    places.set("the job summary", readFileSync(summary, "utf8").replaceAll(/^(`{3,})text\n[^]*?\n\1$/gm, ""));
    const pages = readdirSync(join(out, "site"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".html"),
    );
    places.set("the pages", pages.map((name) => readFileSync(join(out, "site", name), "utf8")).join("\n"));
    const records = readdirSync(join(out, "records")).filter((name) => name.endsWith(".jsonl"));
    for (const format of ["junit", "csv", "trace", "summary"]) {
      const { stdout } = await openxpuIn(
        {},
        "report",
        ...records.map((name) => join(out, "records", name)),
        "--export",
        format,
      );
      places.set(format, format === "summary" ? stdout.replaceAll(/^(`{3,})text\n[^]*?\n\1$/gm, "") : stdout);
    }
  }, 240_000);

  afterAll(() => tree.remove());

  const PLACES = ["the table", "progress and annotations", "the JSON document", "the job summary", "the pages"];
  const EXPORTS = ["junit", "csv", "trace", "summary"];
  /** Lines act in a terminal and a job's log, markup and Markdown where something reads them. */
  const READ: Readonly<Record<string, readonly string[]>> = {
    "a line of ours": ["the table", "progress and annotations", ...EXPORTS],
    "a workflow command": ["the table", "progress and annotations", ...EXPORTS],
    markup: ["the pages", "the job summary", "junit", "summary"],
    markdown: ["the job summary", "summary"],
  };
  const matrix = Object.entries(TEXTS).flatMap(([name, [, acts]]) =>
    (READ[name] ?? [...PLACES, ...EXPORTS]).map((place) => [name, place, acts] as const),
  );

  it.each(matrix)("%s is words in %s", (_name, place, acts) => {
    const text = places.get(place) ?? "";
    expect(text.length).toBeGreaterThan(200);
    const found = acts.exec(text);
    expect(found === null ? null : text.slice(Math.max(0, found.index - 80), found.index + 80)).toBeNull();
  });

  it("ends in the status that its submission earned", () => {
    const status = Object.fromEntries(run.submissions.map((one) => [one.submission.replace("acme/", ""), one.status]));
    expect(status).toMatchObject({ raises: "RUNTIME_ERROR", prints: "RUNTIME_ERROR", floods: "RUNTIME_ERROR" });
    expect(status).toMatchObject({ fails: "COMPILE_ERROR", places: "COMPILE_ERROR" });
    expect(run.submissions.filter((one) => one.status === "INVALID_MANIFEST")).toHaveLength(4);
    expect(spoken.exit).toBe(2);
  });

  it("reaches its reader: nothing is lost that can be shown", () => {
    expect(spoken.stdout).toContain("[U+001B][2J[U+001B][31mred");
    expect(places.get("the pages")).toContain("[U+202E]gnol");
    expect(spoken.stderr).toContain("::error file=");
  });

  it("of 1 GiB is kept as its end, cut between characters", () => {
    const record = run.submissions.find((one) => one.submission === "acme/floods")?.records[0];
    expect(record?.findings[0]?.message).toMatch(/left the process with status 4/);
    expect(record?.log.length).toBeLessThan(5000);
    expect(record?.log).toMatch(/^\[at least \d+ characters before this were cut\]\n€+$/);
  });
});
