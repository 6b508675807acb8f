// What surrounds a vote where it is shown.

/** Issues of a vote and of its neighbours, and what people said beside it. */
export interface Place {
  /** Thumbs on the issue: advisory. */
  readonly thumbs: { readonly up: number; readonly down: number };
  /** Issue of the vote that this one follows. */
  readonly predecessor: number | null;
  /** Issue of the vote that follows this one. */
  readonly successor: number | null;
  /** Whether this is the newest vote on its pull request: then labels there are its. */
  readonly newest: boolean;
  /** Whether no newer vote is about the same commit: then the check there is its. */
  readonly speaks: boolean;
  /** Number of its own issue; null until it was made. */
  readonly issue: number | null;
}
