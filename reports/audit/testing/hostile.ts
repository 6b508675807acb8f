// A ledger whose every free text attacks its reader.
import { type Entry, entrySchema } from "../../../harness/domain/ledger.ts";
import { HOSTILE } from "../../testing/hostile.ts";
import type { Ledger } from "../ledger.ts";

/** As long as the schema asks for where it asks for most. */
const CALM = "a text that does nothing";

/** The value with every text replaced that passes `allowed` as a whole value; `count` hears of each. */
function spoiled(value: unknown, allowed: (change: unknown) => boolean, heard: () => void): unknown {
  const wrap = (put: (inner: unknown) => unknown) => (inner: unknown) => allowed(put(inner));
  if (typeof value === "string") {
    if (!allowed(HOSTILE)) return value;
    heard();
    return HOSTILE;
  }
  if (Array.isArray(value)) {
    return value.map((inner: unknown, index) =>
      spoiled(
        inner,
        wrap((change) => value.with(index, change)),
        heard,
      ),
    );
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      spoiled(
        inner,
        wrap((change) => ({ ...value, [name]: change })),
        heard,
      ),
    ]),
  );
}

/** The ledger with hostile texts wherever the schema leaves them free, and how many there are. */
export function hostileLedger(ledger: Ledger): { readonly ledger: Ledger; readonly texts: number } {
  let texts = 0;
  const attack = (entry: Entry): Entry => {
    const allowed = (change: unknown): boolean => entrySchema.safeParse(change).success;
    return entrySchema.parse(spoiled(entry, allowed, () => (texts += 1)));
  };
  const entries = ledger.entries.map(attack);
  const breaks = [{ line: ledger.lines.length, message: HOSTILE }];
  return { ledger: { entries, breaks, lines: entries.map((entry) => JSON.stringify(entry)) }, texts };
}

/** The same with a text that does nothing. */
export function calmLedger({ entries, breaks, lines }: Ledger): Ledger {
  const calm = (text: string): string => text.replaceAll(JSON.stringify(HOSTILE), JSON.stringify(CALM));
  return {
    entries: entries.map((entry) => entrySchema.parse(JSON.parse(calm(JSON.stringify(entry))))),
    breaks: breaks.map(({ line }) => ({ line, message: CALM })),
    lines,
  };
}
