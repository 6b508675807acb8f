// Types of inspect.mjs, for the doctor command.

/** One part of a machine. */
export interface MachinePart {
  readonly name: string;
  readonly found: boolean;
  /** Empty when it is not found or names none. */
  readonly version: string;
  /** Without it nothing runs; the others are optional. */
  readonly needed: boolean;
  readonly purpose: string;
  /** How to get it. */
  readonly get: string;
  /** What is weaker without it. */
  readonly weaker: string;
}

export function inspect(checkout: string): Promise<readonly MachinePart[]>;
