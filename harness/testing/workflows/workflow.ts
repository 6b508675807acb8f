// A workflow or composite action of GitHub as the policy looks at it: parsed, with every key known, so that nothing passes unread.
import { parse } from "yaml";
import { z } from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const map = z.record(z.string(), scalar).default({});
const permissions = z.union([z.string(), z.record(z.string(), z.string())]).optional();

const stepSchema = z.strictObject({
  name: z.string(),
  id: z.string().optional(),
  if: scalar.optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: map,
  env: map,
  shell: z.string().optional(),
  "working-directory": z.string().optional(),
  "continue-on-error": scalar.optional(),
  "timeout-minutes": z.number().optional(),
});
export type Step = z.infer<typeof stepSchema>;

const defaultsSchema = z
  .strictObject({
    run: z.strictObject({ shell: z.string().optional(), "working-directory": z.string().optional() }),
  })
  .optional();

/** Keys that are not here (`uses`, `container`, `services`, `secrets`) are not wanted: a workflow that has one does not parse. */
const jobSchema = z.strictObject({
  name: z.string(),
  if: scalar.optional(),
  needs: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
  "runs-on": z.union([z.string(), z.array(z.string())]),
  environment: z.union([z.string(), z.strictObject({ name: z.string(), url: z.string().optional() })]).optional(),
  "timeout-minutes": z.number().optional(),
  permissions,
  outputs: map,
  env: map,
  defaults: defaultsSchema,
  "continue-on-error": scalar.optional(),
  strategy: z
    .strictObject({
      "fail-fast": z.boolean().optional(),
      "max-parallel": z.number().optional(),
      matrix: z.union([z.string(), z.record(z.string(), z.unknown())]),
    })
    .optional(),
  steps: z.array(stepSchema).min(1),
});
export type Job = z.infer<typeof jobSchema>;

const triggers = z.record(z.string(), z.unknown());

const workflowSchema = z.strictObject({
  name: z.string(),
  "run-name": z.string().optional(),
  on: z.union([
    z.string().transform((one): Record<string, unknown> => ({ [one]: null })),
    z.array(z.string()).transform((all): Record<string, unknown> => Object.fromEntries(all.map((one) => [one, null]))),
    triggers,
  ]),
  permissions,
  env: map,
  concurrency: z
    .union([z.string(), z.strictObject({ group: z.string(), "cancel-in-progress": scalar.optional() })])
    .optional(),
  defaults: defaultsSchema,
  jobs: z.record(z.string(), jobSchema),
});

const actionSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z
    .record(
      z.string(),
      z.strictObject({ description: z.string(), required: z.boolean().optional(), default: z.string().optional() }),
    )
    .default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  runs: z.strictObject({ using: z.literal("composite"), steps: z.array(stepSchema) }),
});

/** A workflow with its text: versions of actions stand in comments. */
export type Workflow = z.infer<typeof workflowSchema> & { readonly text: string };

/** A composite action with its text. */
export type Action = z.infer<typeof actionSchema> & { readonly text: string };

/** @throws ZodError for a key or value that the policy does not know */
export function workflowOf(text: string): Workflow {
  return { ...workflowSchema.parse(parse(text)), text };
}

/** @throws ZodError as above */
export function actionOf(text: string): Action {
  return { ...actionSchema.parse(parse(text)), text };
}

/** Every expression `${{ ... }}` of a text, without its brackets. */
export function expressionsIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{\{(.*?)\}\}/gs)].map((match) => (match[1] ?? "").trim());
}

/** Name of the action that a step uses, without its commit: `actions/checkout`. */
export const actionName = ({ uses }: Step): string => uses?.split("@")[0]?.toLowerCase() ?? "";

export const isCheckout = (step: Step): boolean => actionName(step) === "actions/checkout";
