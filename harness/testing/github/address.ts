// Addresses of the repository.
import type { State } from "./state.ts";

/** The address of the repository in the API. */
export const repositoryUrl = (state: State): string =>
  `${state.origin}/repos/${state.repository.owner}/${state.repository.name}`;

/** Where people look. */
export const pageUrl = (state: State): string =>
  `https://github.test/${state.repository.owner}/${state.repository.name}`;
