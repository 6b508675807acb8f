// The real port on a twin: virtual waits, no pauses between writes.
import type { GitHub } from "../../domain/github.ts";
import { type GitHubOptions, githubPort } from "../../io/github.ts";
import type { Twin } from "./twin.ts";

/** No real time passes. */
const NO_PACE = { writeMs: 0, notificationMs: 0, retryMs: 0 };

/** A port with the twin's token, unless `rest` has another. */
export function portOn(twin: Twin, rest: Partial<GitHubOptions> = {}): GitHub {
  return githubPort({
    token: twin.token,
    repository: twin.repository,
    baseUrl: twin.url,
    clock: twin.clock,
    pace: NO_PACE,
    ...rest,
  });
}
