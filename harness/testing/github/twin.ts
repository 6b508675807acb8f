// GitHub on the loopback: @octokit/rest talks to it unchanged, every exchange is checked against GitHub's own description, and time is virtual.
import { type VirtualClock, virtualClock } from "./clock.ts";
import { type Faults, noFaults } from "./fault.ts";
import { type Limits, meter } from "./limit.ts";
import { type People, people } from "./people.ts";
import { serve } from "./server.ts";
import { type World, worldOf } from "./snapshot.ts";
import { type Account, createState, type State } from "./state.ts";
import { GHOST } from "./view/account.ts";
import { EVERYTHING, type Granted, type Token } from "./token.ts";

export interface Twin extends People {
  /** For octokit's `baseUrl`. */
  readonly url: string;
  readonly repository: string;
  /** A workflow's token with every permission; its account is `github-actions[bot]`. */
  readonly token: string;
  readonly clock: VirtualClock;
  /** By their text, with what each has used of its rate limit. */
  readonly tokens: ReadonlyMap<string, Token>;
  /** The rows themselves, for what no method reaches. */
  readonly state: State;
  /** What was said against the description. A test is only right when it is empty at the end. */
  readonly violations: readonly string[];
  /** Operations in the order of their calls. */
  readonly calls: readonly string[];
  /** Calls by operation. */
  counts(): Readonly<Record<string, number>>;
  faults: Faults;
  /** null, as at the start: no rate limits. */
  limits: Limits | null;
  /** Virtual time that an answer takes; 0 at the start. */
  latencyMs: number;
  /** A token with these permissions; of `account`, or of the workflow's bot. */
  tokenFor(granted: Granted, account?: Account): string;
  /** Forgets calls (violations stay), answers again after `die`, and drops faults. */
  revive(): void;
  world(): World;
  stop(): Promise<void>;
}

export interface TwinOptions {
  readonly repository?: string;
  /** Virtual time at the start. */
  readonly start?: string;
  /** Files of main's first commit. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts a twin with one repository and one commit on main. */
export async function startTwin(options: TwinOptions = {}): Promise<Twin> {
  const {
    repository = "openxpu/kernels",
    start = "2026-01-05T10:00:00Z",
    files = { "README.md": "# Kernels\n" },
  } = options;
  const clock = virtualClock(start);
  const state = createState(repository, clock);
  const does = people(state);
  const bot = does.user("github-actions[bot]", 41_898_282);
  does.user(GHOST.login, GHOST.id);
  does.user(state.repository.owner, state.repository.ownerId);
  does.commitFiles("main", files, { message: "Start" });

  const violations: string[] = [];
  const calls: string[] = [];
  const tokens = new Map<string, Token>();
  const tokenFor = (granted: Granted, account: Account = bot): string => {
    const text = `ghs_test${tokens.size}`;
    tokens.set(text, { account, granted, installation: account.type === "Bot", used: 0, resets: 0 });
    return text;
  };
  const token = tokenFor(EVERYTHING);
  const settings: { faults: Faults; limits: Limits | null; latencyMs: number } = {
    faults: noFaults,
    limits: null,
    latencyMs: 0,
  };
  const listening = await serve({
    state,
    tokens,
    meter: meter(clock, () => settings.limits),
    violation: (line) => void violations.push(line),
    faults: () => settings.faults,
    began: (operation) => calls.push(operation) - 1,
    latencyMs: () => settings.latencyMs,
  });
  state.origin = listening.origin;
  state.storage = listening.storage;

  return Object.assign(settings, does, {
    url: listening.origin,
    repository,
    token,
    clock,
    state,
    tokens,
    violations,
    calls,
    counts: () => {
      const found: Record<string, number> = {};
      for (const operation of calls) found[operation] = (found[operation] ?? 0) + 1;
      return found;
    },
    tokenFor,
    revive: () => {
      calls.length = 0;
      settings.faults = noFaults;
      listening.revive();
    },
    world: () => worldOf(state),
    stop: () => listening.stop(),
  });
}
