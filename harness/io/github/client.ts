// Octokit as the port uses it: paced by the throttling plugin, reads repeated and conditional, limits waited for, all on a clock that tests can turn.
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { HarnessError } from "../../domain/problem.ts";
import { type AnswerCache, keep, kept } from "./cache.ts";
import { type Failed, failed, header, limited, problemOf } from "./failure.ts";
import { crowd, gate, PASS, type Pace, RECOMMENDED, realTime, type Waiting } from "./wait.ts";

/** How the port reaches GitHub. */
export interface GitHubOptions {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Of the API; GitHub's own where it is absent. */
  readonly baseUrl?: string;
  /** Real time where it is absent. */
  readonly clock?: Waiting;
  /** GitHub's recommendation where it is absent. */
  readonly pace?: Pace;
  /** Longest time, in milliseconds, that all waits for rate limits may take together; 15 minutes where it is absent. */
  readonly patienceMs?: number;
  /** Told before a wait for a rate limit. */
  readonly onWait?: (ms: number, call: string) => void;
  /** Answers of earlier calls by address; one of this port's own where it is absent. */
  readonly answers?: AnswerCache;
  /** Login of an App's account, `<app>[bot]`; a workflow's token has `github-actions[bot]`. */
  readonly login?: string;
}

const PATIENCE_MS = 15 * 60_000;
/** A connection without an answer is given up. */
const ANSWER_MS = 60_000;
/** Reads are repeated so often; the waits grow with the square. */
const RETRIES = 3;

/** Calls that are under way at the same time. */
const AT_ONCE = 10;

const WithPlugins = Octokit.plugin(throttling);
export type Client = InstanceType<typeof WithPlugins>;

const silent = (): void => {};

/** Whether the same call may well succeed later. @octokit/plugin-retry would wait for it in real time, with a queue for each call. */
function passing({ status, response }: Failed): boolean {
  return response === undefined || status >= 500;
}

/** How long a refused call has to wait, in milliseconds. */
function penalty(found: Failed, clock: Waiting): number {
  const after = Number(header(found, "retry-after"));
  if (after > 0) return after * 1000;
  const reset = Number(header(found, "x-ratelimit-reset"));
  if (header(found, "x-ratelimit-remaining") === "0" && reset > 0)
    return Math.max(0, reset * 1000 - clock.now()) + 1000;
  return 60_000;
}

/** Waits for limits, as long as the patience of all calls together lasts. */
function patience(options: GitHubOptions, clock: Waiting): (found: Failed, call: string) => Promise<void> {
  let left = options.patienceMs ?? PATIENCE_MS;
  let until = Number.NEGATIVE_INFINITY;
  return async (found, call) => {
    const ms = penalty(found, clock);
    const end = clock.now() + ms;
    // Calls that wait at the same time wait once.
    const more = Math.max(0, end - Math.max(until, clock.now()));
    if (more > left)
      throw new HarnessError(
        "GITHUB_LIMIT",
        `${call}: GitHub's rate limit asks for ${Math.ceil(ms / 1000)} s more than there is patience for`,
        "run it again later: what was done is looked up first",
      );
    left -= more;
    until = Math.max(until, end);
    options.onWait?.(ms, call);
    await clock.sleep(ms);
  };
}

async function timed(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
}

/** The name of a call for people: `POST /repos/openxpu/kernels/issues`. */
function nameOf(method: string, url: string): string {
  return `${method} ${new URL(url).pathname}`;
}

/** GitHub's clock as its answers tell it. */
export interface RemoteClock {
  /** Milliseconds since 1970; undefined before the first answer. */
  now(): number | undefined;
  heard(date: unknown): void;
}

/** The last answer's date, and what has passed since by a clock that need not be right. */
function remoteClock(clock: Waiting): RemoteClock {
  let last: { readonly date: number; readonly at: number } | undefined;
  return {
    now: () => (last === undefined ? undefined : last.date + (clock.now() - last.at)),
    heard: (text) => {
      const date = typeof text === "string" ? Date.parse(text) : Number.NaN;
      if (!Number.isNaN(date)) last = { date, at: clock.now() };
    },
  };
}

/** An octokit whose every failure is a HarnessError with octokit's error as cause, and GitHub's clock. */
export function client(options: GitHubOptions): { readonly octokit: Client; readonly time: RemoteClock } {
  const clock = options.clock ?? realTime;
  const pace = options.pace ?? RECOMMENDED;
  const answers = options.answers ?? new Map<string, string>();
  const wait = patience(options, clock);
  const time = remoteClock(clock);
  const octokit = new WithPlugins({
    auth: options.token,
    userAgent: "openxpu-kernels",
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: timed },
    throttle: {
      // The plugin knows which calls write and which notify people; its queues are ours, which run on any clock.
      ...({
        global: crowd(AT_ONCE),
        write: gate(clock, pace.writeMs),
        notifications: gate(clock, pace.notificationMs),
        retryLimiter: PASS,
      } as object),
      // The hook below waits, because only it knows how much patience is left.
      onRateLimit: silent,
      onSecondaryRateLimit: silent,
    },
  });
  octokit.hook.wrap("request", async (request, given) => {
    const { url } = octokit.request.endpoint.parse(given);
    const reads = given.method === "GET";
    const key = `${url} ${given.headers.accept ?? ""}`;
    const known = reads ? kept(answers, key) : undefined;
    // Octokit binds these options to the hooks below: a changed copy would reach nobody.
    if (known !== undefined) given.headers["if-none-match"] = known.etag;
    const call = nameOf(given.method, url);
    for (let broken = 0; ; ) {
      try {
        const response = await request(given);
        time.heard(response.headers.date);
        if (reads) keep(answers, key, response.headers, response.url, response.data);
        return response;
      } catch (error) {
        const found = failed(error);
        // A failure's date is not listened to: it may come from something on the way, whose clock decides no vote.
        if (found?.status === 304) time.heard(found.response?.headers["date"]);
        if (found?.status === 304 && known !== undefined)
          return { status: 200, url: known.url, headers: known.headers, data: known.data };
        if (found !== undefined && limited(found)) await wait(found, call);
        else if (reads && found !== undefined && passing(found) && broken < RETRIES) {
          broken += 1;
          await clock.sleep(broken * broken * pace.retryMs);
        } else throw problemOf(error, call, [options.token]);
      }
    }
  });
  return { octokit, time };
}

/** GitHub's status behind a HarnessError of a call; undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof HarnessError)) return undefined;
  const found = failed(error.cause);
  return found?.response === undefined ? undefined : found.status;
}

/** What a call gives, or `otherwise` where GitHub knows no such thing (any more). */
export async function unlessGone<Value, Other>(call: Promise<Value>, otherwise: Other): Promise<Value | Other> {
  try {
    return await call;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404 || status === 410) return otherwise;
    throw error;
  }
}
