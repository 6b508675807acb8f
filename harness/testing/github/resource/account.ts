// Accounts: numbers that stay, logins that change, and the ghost that GitHub shows for deleted ones.
import { type Answer, type Call, notFound, numberOf, ok } from "../answer.ts";
import type { Account, State } from "../state.ts";
import { userView } from "../view/account.ts";

function shown(state: State, account: Account | undefined): Answer {
  const view = account === undefined ? null : userView(state, account.id);
  if (view === null) throw notFound();
  return ok(view);
}

export const accountResource = {
  "users/get-authenticated": (state: State, call: Call): Answer => shown(state, call.actor),
  "users/get-by-id": (state: State, call: Call): Answer =>
    shown(state, state.accounts.get(numberOf(call, "account_id"))),
  "users/get-by-username": (state: State, call: Call): Answer => {
    const login = (call.path["username"] ?? "").toLowerCase();
    return shown(
      state,
      [...state.accounts.values()].find((account) => account.login.toLowerCase() === login),
    );
  },
};
