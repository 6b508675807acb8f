// Branches: moved only by compare-and-swap, unless a request insists.
import { type Answer, type Call, created, empty, list, notFound, ok, Refusal, textOf } from "../answer.ts";
import { ancestors } from "../history.ts";
import type { State } from "../state.ts";
import { repositoryUrl } from "../address.ts";
import { headMoved } from "../change.ts";

function refView(state: State, name: string, sha: string): Record<string, unknown> {
  return {
    ref: name,
    node_id: `REF_${name}`,
    url: `${repositoryUrl(state)}/git/${name}`,
    object: { type: "commit", sha, url: `${repositoryUrl(state)}/git/commits/${sha}` },
  };
}

function setRef(state: State, name: string, sha: string): void {
  state.refs.set(name, sha);
  headMoved(state, name, sha);
}

function update(state: State, call: Call): Answer {
  const name = `refs/${call.path["ref"] ?? ""}`;
  const sha = textOf(call, "sha") ?? "";
  const tip = state.refs.get(name);
  if (tip === undefined) throw new Refusal(422, "Reference does not exist");
  if (!state.git.commits.has(sha)) throw new Refusal(422, "Object does not exist");
  if (call.body["force"] !== true && !ancestors(state.git, sha).has(tip))
    throw new Refusal(422, "Update is not a fast forward");
  setRef(state, name, sha);
  return ok(refView(state, name, sha));
}

export const refResource = {
  "git/get-ref": (state: State, call: Call): Answer => {
    const name = `refs/${call.path["ref"] ?? ""}`;
    const sha = state.refs.get(name);
    if (sha === undefined) throw notFound();
    return ok(refView(state, name, sha));
  },
  "git/list-matching-refs": (state: State, call: Call): Answer => {
    const prefix = `refs/${call.path["ref"] ?? ""}`;
    const found = [...state.refs].filter(([name]) => name.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return list(found, ([name, sha]) => refView(state, name, sha));
  },
  "git/create-ref": (state: State, call: Call): Answer => {
    const name = textOf(call, "ref") ?? "";
    const sha = textOf(call, "sha") ?? "";
    if (!/^refs\/(heads|tags)\/[^\s~^:?*[\\]+$/.test(name)) throw new Refusal(422, `${name} is not a valid ref name.`);
    if (state.refs.has(name)) throw new Refusal(422, "Reference already exists");
    if (!state.git.commits.has(sha)) throw new Refusal(422, "Object does not exist");
    setRef(state, name, sha);
    return created(refView(state, name, sha));
  },
  "git/update-ref": update,
  "git/delete-ref": (state: State, call: Call): Answer => {
    if (!state.refs.delete(`refs/${call.path["ref"] ?? ""}`)) throw new Refusal(422, "Reference does not exist");
    return empty();
  },
};
