// How a model is refused: a problem with its code, the byte or the name it is about, the cause and the fix. A model has no lines: the column
// of its place counts bytes from 1, and is 1 where only a name is known.
import type { Problem, ProblemCode } from "../domain/problem.ts";

/** Codes of refused models. */
export type ModelProblemCode = Extract<ProblemCode, `MODEL_${string}`>;

/** A refusal at a byte of the file. */
export function atByte(file: string, code: ModelProblemCode, byte: number, message: string, fix: string): Problem {
  return { code, place: { file, line: 1, column: byte + 1 }, message: `byte ${byte}: ${message}`, fix };
}

/** Names come from the model: long ones are cut. */
const SHOWN = 80;

/** A name in quotes, short enough for a message. */
export function quoted(name: string): string {
  return `'${name.length > SHOWN ? `${name.slice(0, SHOWN)}...` : name}'`;
}

/** A refusal of something that has a name: a node, a tensor, an attribute. */
export function atName(file: string, code: ModelProblemCode, name: string, message: string, fix: string): Problem {
  return { code, place: { file, line: 1, column: 1 }, message: `${name}: ${message}`, fix };
}
