// What an op means: its manifest (`kernels/<op>/op.yaml`) and a case with everything bound to numbers.
import { z } from "zod";
import { type DType, DTYPES, dtypeBytesOf } from "./dtype.ts";
import { evaluate, type Scope } from "./expression.ts";

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, "lower-case letters, digits and underscores, starting with a letter");
const argumentName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, "a C identifier");
const expression = z.union([z.number(), z.string()]);

/** A concrete attribute. */
export const attributeValue = z.union([z.number(), z.boolean(), z.array(z.number())]);
export type AttributeValue = z.infer<typeof attributeValue>;

const attributeSchema = z.strictObject({
  type: z.string().regex(/^(int64|float64|bool)(\[\d+\])?$/, "int64, float64 or bool, with [n] for a tuple"),
  /** A value, or an expression over axes for a scalar. */
  default: z.union([attributeValue, z.string()]).optional(),
});

const tensorSchema = z.strictObject({
  /** A dtype, or a dtype variable of `dtypes`. */
  dtype: z.string(),
  shape: z.array(expression),
  layout: z.string().optional(),
  optional: z.boolean().default(false),
  /** Constant over the calls of a race, as weights are in inference. */
  parameter: z.boolean().default(false),
});

/** How a kernel computes: the only source of its tolerance. */
export const numericsSchema = z.strictObject({
  class: identifier,
  accumulate: z.string(),
  /** Intermediates rounded to a dtype or dtype variable, for example {p: T}. */
  casts: z.record(z.string(), z.string()).default({}),
  rounding: z.enum(["half_even"]).default("half_even"),
  algorithm: z.enum(["direct", "winograd", "fft"]).default("direct"),
  ftz: z.boolean().default(false),
});
export type NumericsClass = z.infer<typeof numericsSchema>;

const caseSchema = z.strictObject({
  name: identifier,
  axes: z.record(z.string(), z.number().int()),
  attributes: z.record(z.string(), attributeValue).default({}),
  /** Fixes dtype variables; a variable that is not fixed gives one case for each of its dtypes, the dtype added to the name. */
  dtypes: z.record(z.string(), z.enum(DTYPES)).default({}),
  /** Optional tensors that this case leaves out. */
  absent: z.array(z.string()).default([]),
  /** `bench`: timed. `required`: a submission may not exclude it but by dtype. */
  tags: z.array(z.enum(["bench", "required"])).default([]),
});

const referenceSchema = z.strictObject({
  /** The class this witness is judged by. */
  numerics: identifier,
  absent: z.array(z.strictObject({ dtype: z.enum(DTYPES), reason: z.string() })).default([]),
  /** The fair baselines that a Python reference offers in BASELINES; each computes in a class of its own, the witness's by default. */
  baselines: z.array(z.strictObject({ name: z.string(), numerics: identifier.optional() })).default([]),
});

/** The schema of `op.yaml`. */
export const opSchema = z.strictObject({
  edition: z.literal(1),
  op: identifier,
  title: z.string(),
  dtypes: z.record(z.string(), z.array(z.enum(DTYPES)).min(1)).default({}),
  axes: z.record(z.string(), z.strictObject({ min: z.number().int().min(0), max: z.number().int().min(0) })),
  derived: z.record(z.string(), expression).default({}),
  constraints: z.array(z.string()).default([]),
  attributes: z.record(z.string(), attributeSchema).default({}),
  inputs: z.record(argumentName, tensorSchema),
  outputs: z.record(argumentName, tensorSchema),
  /** Allowed classes, strictest first. */
  numerics: z.array(numericsSchema).min(1),
  /** Multiply-adds of a case. */
  work: expression,
  /** Witnesses by executor name. */
  references: z.record(z.string(), referenceSchema).default({}),
  /** Values, or expressions over axes, that hidden cases draw attributes from; an attribute that is not named keeps its default. */
  draw: z.record(z.string(), z.array(z.union([attributeValue, z.string()])).min(1)).default({}),
  /** What a fault may depend on beside axes, attributes, dtypes and absent tensors: hidden cases are chosen to meet its values with those. */
  factors: z.record(z.string(), expression).default({}),
  cases: z.array(caseSchema).min(1),
  hidden: z.strictObject({
    count: z.number().int().min(1),
    /** Most multiply-adds of one. */
    work: z.number().positive(),
    /** Largest extents drawn where they are below the op's: an interpreter pays for every program of a grid. */
    axes: z.record(z.string(), z.number().int().min(1)).default({}),
  }),
});
export type Op = z.infer<typeof opSchema>;
export type OpCase = z.infer<typeof caseSchema>;

/** One argument with everything bound. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  /** Outermost first. */
  readonly shape: readonly number[];
  /** Left out of this case; the kernel gets None. */
  readonly absent: boolean;
  readonly parameter: boolean;
}

/** A case of an op with every axis, attribute, dtype and shape bound. */
export interface BoundCase {
  readonly op: string;
  readonly name: string;
  /** Free and derived axes. */
  readonly axes: Readonly<Record<string, number>>;
  /** Every attribute, in op order. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly dtypes: Readonly<Record<string, DType>>;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly tags: readonly ("bench" | "required")[];
  readonly hidden: boolean;
  /** Multiply-adds. */
  readonly work: number;
}

/** The names and values that the expressions of a case see. */
export function scopeOf(bound: Pick<BoundCase, "axes" | "attributes">): Scope {
  return { ...bound.attributes, ...bound.axes };
}

function attributesOf(
  op: Op,
  given: Readonly<Record<string, AttributeValue>>,
  scope: Scope,
): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, spec] of Object.entries(op.attributes)) {
    const value = given[name] ?? spec.default;
    if (value === undefined) throw new RangeError(`attribute '${name}' has neither a value nor a default`);
    attributes[name] = typeof value === "string" ? evaluate(value, scope) : value;
  }
  return attributes;
}

function isDType(name: string): name is DType {
  return DTYPES.some((dtype) => dtype === name);
}

/** The dtype a tensor or cast names, through the case's dtype variables. */
export function resolveDType(name: string, variables: Readonly<Record<string, DType>>): DType {
  const dtype = variables[name] ?? name;
  if (!isDType(dtype)) throw new RangeError(`'${name}' is neither a dtype nor a dtype variable`);
  return dtype;
}

/** The value of an attribute as a tuple; throws where the op declares no such tuple. */
export function tupleAttribute(bound: BoundCase, name: string): readonly number[] {
  const value = bound.attributes[name];
  if (!Array.isArray(value)) throw new RangeError(`attribute '${name}' is no tuple`);
  return value;
}

/** A number attribute or axis of a case; throws where the op declares none of that name. */
export function numberOf(bound: BoundCase, name: string): number {
  const value = bound.axes[name] ?? bound.attributes[name];
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "number") throw new RangeError(`'${name}' is neither an axis nor a scalar attribute`);
  return value;
}

/**
 * Binds one case. `dtypes` fixes every dtype variable.
 * @throws ExpressionError or RangeError where the case contradicts the op (axes out of range, constraint not met, negative extent).
 */
export function bindCase(op: Op, one: OpCase, dtypes: Readonly<Record<string, DType>>, hidden: boolean): BoundCase {
  for (const [name, range] of Object.entries(op.axes)) {
    const value = one.axes[name];
    if (value === undefined) throw new RangeError(`axis '${name}' has no value`);
    if (value < range.min || value > range.max) {
      throw new RangeError(`axis '${name}' is ${value}, outside ${range.min}..${range.max}`);
    }
  }
  const attributes = attributesOf(op, one.attributes, one.axes);
  const axes: Record<string, number> = { ...one.axes };
  for (const [name, formula] of Object.entries(op.derived)) axes[name] = evaluate(formula, { ...attributes, ...axes });
  const scope = { ...attributes, ...axes };
  const broken = op.constraints.find((constraint) => evaluate(constraint, scope) === 0);
  if (broken !== undefined) throw new RangeError(`constraint '${broken}' is not met`);
  const specs = (tensors: Op["inputs"]): TensorSpec[] =>
    Object.entries(tensors).map(([name, tensor]) => ({
      name,
      dtype: resolveDType(tensor.dtype, dtypes),
      shape: tensor.shape.map((extent) => {
        const value = evaluate(extent, scope);
        if (!Number.isInteger(value) || value < 0) throw new RangeError(`'${name}' would have an extent of ${value}`);
        return value;
      }),
      absent: one.absent.includes(name),
      parameter: tensor.parameter,
    }));
  const inputs = specs(op.inputs);
  const outputs = specs(op.outputs);
  return {
    op: op.op,
    name: one.name,
    axes,
    attributes,
    dtypes,
    inputs,
    outputs,
    tags: one.tags,
    hidden,
    work: evaluate(op.work, scope),
  };
}

/** Bytes of all tensors of a case together that the harness takes: inputs, outputs and float64 truths must fit into a runner's memory. */
export const CASE_BYTES = 2 ** 31;

/** Bytes of all present tensors of a case. */
export function caseBytes(bound: BoundCase): number {
  return [...bound.inputs, ...bound.outputs].reduce((sum, { dtype, shape, absent }) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return absent ? sum : sum + dtypeBytesOf(dtype, count);
  }, 0);
}

/** The class of an op by name. */
export function numericsClass(op: Op, name: string): NumericsClass | undefined {
  return op.numerics.find((numerics) => numerics.class === name);
}
