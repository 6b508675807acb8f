// The ledger as the audit page takes it: entries that were read, what is wrong with the chain, and the lines themselves.
import { createHash } from "node:crypto";
import type { Entry, Event, EventOf } from "../../harness/domain/ledger.ts";

/** A ledger after its verification. */
export interface Ledger {
  /** Up to the first break, in order. */
  readonly entries: readonly Entry[];
  /** Everything wrong with the chain; `line` counts from 1. */
  readonly breaks: readonly { readonly line: number; readonly message: string }[];
  /** Every line as it stands in the file, without its line break: what the digests are over. */
  readonly lines: readonly string[];
}

/** An entry whose event is of one type. */
export type Written<Type extends Event["type"]> = Entry & { readonly event: EventOf<Type> };

/** sha256 of a line in hex: what the next line carries as `previous`. */
export function digestOf(line: string): string {
  return createHash("sha256").update(line).digest("hex");
}

/** The entries of one type, in their order. */
export function ofType<Type extends Event["type"]>(entries: readonly Entry[], type: Type): readonly Written<Type>[] {
  return entries.filter((entry): entry is Written<Type> => entry.event.type === type);
}

/** Entries by key, keys in the order of their first entry. */
export function byKey(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.key);
    if (group === undefined) groups.set(entry.key, [entry]);
    else group.push(entry);
  }
  return groups;
}
