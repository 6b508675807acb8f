// GitHub's rate limits: the hour of a token, and the secondary limits on bursts and on what notifies people.
import { Refusal } from "./answer.ts";
import type { VirtualClock } from "./clock.ts";
import type { Token } from "./token.ts";

export interface Limits {
  /** Requests an hour by one token; answers 304 do not count. */
  readonly hourly: number;
  /** Points a minute: a read is 1, a write 5. */
  readonly points: number;
  /** Requests a minute that make content, and an hour. */
  readonly content: number;
  readonly contentHourly: number;
}

/** As GitHub documents them, for a workflow's token. */
export const DOCUMENTED: Limits = { hourly: 1000, points: 900, content: 80, contentHourly: 500 };

const MINUTE = 60_000;
const HOUR = 3_600_000;

export interface Meter {
  /** @throws Refusal 403 when a limit is reached */
  admit(token: Token, method: string, makesContent: boolean): void;
  /** Counts an answered request. */
  count(token: Token, status: number): void;
  headers(token: Token): Readonly<Record<string, string>>;
}

export function secondaryLimit(seconds: number): Refusal {
  const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
  return new Refusal(403, message, undefined, { "retry-after": String(seconds) });
}

/** Counts requests in virtual time. */
export function meter(clock: VirtualClock, limits: () => Limits | null): Meter {
  let recent: { readonly at: number; readonly points: number; readonly content: boolean }[] = [];
  const hourOf = (token: Token): void => {
    if (clock.now() < token.resets) return;
    token.used = 0;
    token.resets = clock.now() + HOUR;
  };
  const headers = (token: Token): Record<string, string> => {
    const most = limits()?.hourly ?? 5000;
    return {
      "x-ratelimit-limit": String(most),
      "x-ratelimit-remaining": String(Math.max(0, most - token.used)),
      "x-ratelimit-used": String(token.used),
      "x-ratelimit-reset": String(Math.ceil(token.resets / 1000)),
      "x-ratelimit-resource": "core",
    };
  };
  const burst = (set: Limits, makesContent: boolean): void => {
    recent = recent.filter(({ at }) => at > clock.now() - HOUR);
    const minute = recent.filter(({ at }) => at > clock.now() - MINUTE);
    if (minute.reduce((sum, { points }) => sum + points, 0) >= set.points) throw secondaryLimit(60);
    if (!makesContent) return;
    if (minute.filter(({ content }) => content).length >= set.content) throw secondaryLimit(60);
    if (recent.filter(({ content }) => content).length >= set.contentHourly) throw secondaryLimit(600);
  };
  return {
    admit: (token, method, makesContent) => {
      const set = limits();
      hourOf(token);
      if (set === null) return;
      if (token.used >= set.hourly)
        throw new Refusal(
          403,
          `API rate limit exceeded for installation ID ${token.account.id}.`,
          undefined,
          headers(token),
        );
      burst(set, makesContent);
      recent.push({ at: clock.now(), points: method === "GET" ? 1 : 5, content: makesContent });
    },
    count: (token, status) => {
      if (status !== 304) token.used += 1;
    },
    headers,
  };
}
