// Every operation of the twin.
import type { Answer, Call } from "./answer.ts";
import { accountResource } from "./resource/account.ts";
import { actionResource } from "./resource/action.ts";
import { checkResource } from "./resource/check.ts";
import { commentResource } from "./resource/comment.ts";
import { contentResource } from "./resource/content.ts";
import { issueResource } from "./resource/issue.ts";
import { labelResource } from "./resource/label.ts";
import { mergeResource } from "./resource/merge.ts";
import { objectResource } from "./resource/object.ts";
import { pullResource } from "./resource/pull.ts";
import { reactionResource } from "./resource/reaction.ts";
import { refResource } from "./resource/ref.ts";
import { repositoryResource } from "./resource/repository.ts";
import type { State } from "./state.ts";

/** Reads and changes the state, and says what GitHub would. @throws Refusal */
export type Resource = (state: State, call: Call) => Answer;

export const RESOURCES: Readonly<Record<string, Resource>> = {
  ...accountResource,
  ...actionResource,
  ...checkResource,
  ...commentResource,
  ...contentResource,
  ...issueResource,
  ...labelResource,
  ...mergeResource,
  ...objectResource,
  ...pullResource,
  ...reactionResource,
  ...refResource,
  ...repositoryResource,
};
