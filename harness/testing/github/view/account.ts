// Accounts as GitHub shows them.
import type { State } from "../state.ts";

/** A user as GitHub shows it under an issue; null for a deleted account. */
export function userView(state: State, id: number): Record<string, unknown> | null {
  const account = state.accounts.get(id);
  if (account === undefined || account.deleted) return null;
  const { login, type } = account;
  const url = `${state.origin}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: `U_${id}`,
    avatar_url: `https://avatars.test/u/${id}`,
    gravatar_id: "",
    url,
    html_url: `https://github.test/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following`,
    gists_url: `${url}/gists`,
    starred_url: `${url}/starred`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  };
}

/** Whom GitHub shows for a deleted account where its answer must name somebody. */
export const GHOST = { id: 10_137, login: "ghost" };

/** As above, with the ghost for a deleted account: so it is with pull requests and runs. */
export function personView(state: State, id: number): Record<string, unknown> | null {
  return userView(state, id) ?? userView(state, GHOST.id);
}
