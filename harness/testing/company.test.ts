// The company of every op's cases: whatever companion is drawn, the op's generator has inputs for it, of the shapes that the child is told.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { opSchema } from "../domain/op.ts";
import { submissionSchema } from "../domain/submission.ts";
import { checkoutOps } from "../io/ops.ts";
import { companionsOf } from "../stages/execute/company.ts";
import { digestText } from "../stages/execute/regimes.ts";
import { publishedCases } from "../stages/validate/cases.ts";
import { companyOf } from "../stages/validate/company.ts";
import { hiddenCases } from "../stages/validate/hidden.ts";

const CHECKOUT = join(import.meta.dirname, "..", "..");
const OPS = readdirSync(join(CHECKOUT, "kernels"));
const EVERYTHING = submissionSchema.shape.supports.parse({});

describe("companions", () => {
  it.each(OPS)("of %s have inputs of their own shapes, and every case that writes has a sibling", async (name) => {
    const op = opSchema.parse(parse(readFileSync(join(CHECKOUT, "kernels", name, "op.yaml"), "utf8")));
    const oracle = await checkoutOps(CHECKOUT).oracle(name);
    const seed = digestText("companions", String(Date.now())).slice(0, 32);
    const cases = [
      ...publishedCases(op).filter(({ tags }) => !tags.includes("bench")),
      ...hiddenCases(op, EVERYTHING, seed, 18),
    ];
    const alone: string[] = [];
    for (const bound of cases) {
      const company = companyOf(op, EVERYTHING, bound, digestText(seed, bound.name).slice(0, 32));
      const empty = bound.outputs.some(({ shape }) => shape.includes(0));
      if (company.length < 2 && !empty) alone.push(bound.name);
      for (const { bound: one, signature, inputs } of companionsOf(op, company, oracle, seed)) {
        expect(signature.outputs.map(({ shape }) => shape)).toEqual(one.outputs.map(({ shape }) => shape));
        for (const { name: input, dtype, shape, absent } of signature.inputs) {
          const made = inputs[input];
          const told = [seed, one.name, input];
          if (!absent) expect([...told, made?.dtype, made?.shape]).toEqual([...told, dtype, shape]);
        }
      }
    }
    expect(alone).toEqual([]);
  });
});
