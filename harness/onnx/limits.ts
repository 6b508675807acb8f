// How much a model or a value may hold. Far above what a kernel or an official test needs (23 kB, 400 nodes), far below what would hurt.
import type { ScanLimits } from "./scan.ts";

/** Limits of a model. */
export interface ModelLimits extends ScanLimits {
  /** Bytes of the file. */
  readonly bytes: number;
  /** Nodes after every call of a function of the model is replaced by its body: a few functions can call each other into billions. */
  readonly nodes: number;
  /** Elements that the fixed extents of an input or output may multiply to. */
  readonly elements: number;
}

/** The limits of readModel where it is given none. */
export const MODEL_LIMITS: ModelLimits = {
  bytes: 2 ** 26,
  depth: 64,
  messages: 2 ** 18,
  numbers: 2 ** 21,
  nodes: 2 ** 18,
  elements: 2 ** 31 - 1,
};

/** Limits of a value in a file of its own. */
export const VALUE_LIMITS: ScanLimits = { depth: 16, messages: 2 ** 16, numbers: 2 ** 21 };
