// Hidden marks in what we write on GitHub: they name the vote and what was written, so that a look tells whether anything is left to do.
const HEX = "[0-9a-f]{64}";

/** The mark at the end of a vote issue: its key and the digest of all that belongs to the vote's state. */
export function issueMark(key: string, settled: string): string {
  return `<!-- openxpu:vote key=${key} settled=${settled} -->`;
}

/** The mark of a body that we wrote; null where there is none, or several: then a person wrote it. */
export function readIssueMark(body: string): { readonly key: string; readonly settled: string } | null {
  const found = [...body.matchAll(new RegExp(`<!-- openxpu:vote key=(${HEX}) settled=(${HEX}) -->`, "g"))];
  const [only] = found;
  const [, key, settled] = only ?? [];
  return found.length === 1 && key !== undefined && settled !== undefined ? { key, settled } : null;
}

/** The mark of a comment: what it is about, so that it is written once. */
export function commentMark(about: string): string {
  return `<!-- openxpu:${about} -->`;
}
