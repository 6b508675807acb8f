// Issue forms and labels: GitHub shows nothing of a form that it cannot read, and makes no label that a form names.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { waiverSchema } from "../../domain/governance.ts";
import { labelsSchema } from "../../domain/label.ts";
import { decode } from "../../manifest.ts";

const GITHUB = fileURLToPath(new URL("../../../.github", import.meta.url));
const read = (...path: readonly string[]): string => readFileSync(join(GITHUB, ...path), "utf8");

const id = z.string().regex(/^[A-Za-z0-9_-]+$/);
const validations = z.strictObject({ required: z.boolean() }).optional();
const shown = { label: z.string(), description: z.string().optional() };

/** A form as GitHub documents it, as far as it is used here. */
const formSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  labels: z.array(z.string()),
  body: z.array(
    z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("markdown"), attributes: z.strictObject({ value: z.string() }) }),
      z.strictObject({
        type: z.literal("input"),
        id,
        attributes: z.strictObject({ ...shown, placeholder: z.string().optional() }),
        validations,
      }),
      z.strictObject({
        type: z.literal("textarea"),
        id,
        attributes: z.strictObject({ ...shown, render: z.string().optional() }),
        validations,
      }),
      z.strictObject({
        type: z.literal("dropdown"),
        id,
        attributes: z.strictObject({ ...shown, options: z.array(z.string()).min(2) }),
        validations,
      }),
      z.strictObject({
        type: z.literal("checkboxes"),
        id,
        attributes: z.strictObject({
          ...shown,
          options: z.array(z.strictObject({ label: z.string(), required: z.boolean() })),
        }),
      }),
    ]),
  ),
});

const labels = decode(read("labels.yaml"), ".github/labels.yaml", labelsSchema);
const names = labels.ok ? labels.value.value.labels.map(({ name }) => name) : [];

describe("labels.yaml", () => {
  it("decodes, and no two names are one to GitHub", () => {
    expect(labels).toMatchObject({ ok: true });
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it("has those of the life cycle of votes", () => {
    const states = ["open", "passed", "failed", "no-quorum", "superseded", "cancelled"].map((state) => `vote/${state}`);
    expect(names).toEqual(
      expect.arrayContaining(["openxpu/vote", ...states, "emulated only", "regression", "needs-triage"]),
    );
  });

  it.each(["color: red", "colour: aabbcc", "color: AABBCC"])("cannot say '%s'", (color) => {
    const text = `edition: 1\nlabels: [{name: a, ${color}, description: b}]\n`;
    expect(decode(text, "labels.yaml", labelsSchema)).toMatchObject({ ok: false });
  });
});

const FORMS = readdirSync(join(GITHUB, "ISSUE_TEMPLATE")).filter((name) => name !== "config.yml");
const formOf = (name: string): z.infer<typeof formSchema> => formSchema.parse(parse(read("ISSUE_TEMPLATE", name)));

describe("the issue forms", () => {
  it("are these", () => {
    expect(FORMS).toEqual(["bug.yml", "op-proposal.yml", "waiver.yml"]);
  });

  it.each(FORMS)("%s is one that GitHub can show: its fields have names of their own, its labels exist", (name) => {
    const form = formOf(name);
    const ids = form.body.flatMap((field) => (field.type === "markdown" ? [] : [field.id]));
    expect(new Set(ids).size).toBe(ids.length);
    expect(form.labels.filter((label) => !names.includes(label))).toEqual([]);
  });

  it("ask for everything that a waiver says, but who answers for it", () => {
    const asked = formOf("waiver.yml").body.flatMap((field) => (field.type === "markdown" ? [] : [field.id]));
    const said = Object.keys(waiverSchema.shape).filter((key) => !["edition", "by"].includes(key));
    expect(asked).toEqual(said);
  });

  it("are the only way to open an issue", () => {
    expect(parse(read("ISSUE_TEMPLATE", "config.yml"))).toMatchObject({ blank_issues_enabled: false });
  });
});
