// The event loop is shared by two lanes: long work in the judge lets others go first.

/** Resolves when what waited for the event loop has had its turn: a lane's next request, above all. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
