// What is known of an executor: cases that a pinned version gets wrong or fails. The suite is about what is new.
import type { NodeRecord, NodeResult } from "../domain/node-record.ts";

/** The committed list. */
export const KNOWN = "harness/onnx-node/known.txt";

/** Results that are not as they should be; what an executor says it lacks is none of them. */
const BAD: readonly NodeResult[] = ["wrong", "refused", "error"];

/** One line of an executor on a case. */
interface Line {
  readonly executor: string;
  readonly version: string;
  readonly result: NodeResult | null;
  readonly name: string;
}

const text = ({ executor, version, result, name }: Line): string => `${executor} ${version} ${result ?? ""} ${name}`;

/** Every result of a record: its executor's and those of the others. */
function linesOf(record: NodeRecord): Line[] {
  const { executor, version } = record.executor;
  return [
    { executor, version, result: record.result, name: record.case },
    ...record.others.map((other) => ({ ...other, name: record.case })),
  ];
}

/** Bad results that the list does not have, as its lines would be. */
export function newsOf(records: readonly NodeRecord[], list: string): string[] {
  const known = new Set(list.split("\n").filter((line) => line !== "" && !line.startsWith("#")));
  return records
    .flatMap(linesOf)
    .filter(({ result }) => result !== null && BAD.includes(result))
    .map(text)
    .filter((line) => !known.has(line));
}
