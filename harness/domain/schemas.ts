// The JSON Schemas of every manifest and record, written from the types; editors complete and check with them.
import { z } from "zod";
import { backendSchema } from "./device.ts";
import { electionSchema } from "./election.ts";
import { bundleSchema } from "./evidence.ts";
import { executorSchema } from "./executor.ts";
import { policySchema, votersSchema, waiverSchema } from "./governance.ts";
import { labelsSchema } from "./label.ts";
import { entrySchema } from "./ledger.ts";
import { nodeRecordSchema, nodeRunSchema } from "./node-record.ts";
import { opSchema } from "./op.ts";
import { recordSchema, runSchema } from "./run-record.ts";
import { runnersSchema } from "./runner.ts";
import { provenanceSchema, submissionSchema, vendorSchema } from "./submission.ts";
import { suiteSchema } from "./suite.ts";

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  op: opSchema,
  vendor: vendorSchema,
  submission: submissionSchema,
  provenance: provenanceSchema,
  executor: executorSchema,
  device: backendSchema,
  suite: suiteSchema,
  record: recordSchema,
  run: runSchema,
  "node-record": nodeRecordSchema,
  "node-run": nodeRunSchema,
  policy: policySchema,
  voters: votersSchema,
  waiver: waiverSchema,
  runners: runnersSchema,
  labels: labelsSchema,
  election: electionSchema,
  bundle: bundleSchema,
  ledger: entrySchema,
};

/** File name -> text of each schema (JSON Schema 2020-12), as a person writes the input. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(z.toJSONSchema(schema, { io: "input" }), null, 2)}\n`,
    ]),
  );
}
