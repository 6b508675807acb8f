// Archives from outside: what is taken out of one, or everything that is wrong with it.

/** How much an archive may hold. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Of one file, inflated. */
  readonly fileBytes: number;
  /** Of all files together, inflated. */
  readonly totalBytes: number;
}

/** What was in an archive, in memory, or why it is refused. */
export type Unzipped =
  | { readonly ok: true; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Takes a zip archive apart; never throws, never writes. */
export type Unzip = (bytes: Uint8Array, limits: ArchiveLimits) => Promise<Unzipped>;
