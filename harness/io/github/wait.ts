// Time of the GitHub port: how long it waits between writes and for limits, on a clock that tests can turn.

/** Real time, or a test's. Milliseconds. */
export interface Waiting {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const realTime: Waiting = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Least time between two calls of a kind, as GitHub recommends it; `retryMs` is the first wait before a failed read is repeated. */
export interface Pace {
  readonly writeMs: number;
  /** Of calls that notify people: issues, comments, merges. */
  readonly notificationMs: number;
  readonly retryMs: number;
}

export const RECOMMENDED: Pace = { writeMs: 1000, notificationMs: 3000, retryMs: 1000 };

/** A queue: what @octokit/plugin-throttling asks of a limiter. What it runs has its arguments after it. */
export interface Queue {
  schedule<Given extends readonly unknown[], Result>(
    options: unknown,
    pass: (...given: Given) => Promise<Result>,
    ...given: Given
  ): Promise<Result>;
}

/** A group of queues of which there is one. */
export interface Gate {
  key(): Queue;
}

/** Lets calls pass with the given time between them, on any clock. */
export function gate(waiting: Waiting, leastMs: number): Gate {
  let next = Number.NEGATIVE_INFINITY;
  const queue: Queue = {
    schedule: async (_, pass, ...given) => {
      const now = waiting.now();
      const turn = Math.max(now, next);
      next = turn + leastMs;
      if (turn > now) await waiting.sleep(turn - now);
      return pass(...given);
    },
  };
  return { key: () => queue };
}

/** Lets so many be under way at once. */
export function crowd(most: number): Gate {
  let inside = 0;
  const outside: (() => void)[] = [];
  const queue: Queue = {
    schedule: async (_, pass, ...given) => {
      if (inside < most) inside += 1;
      // Whoever leaves hands over the place.
      else await new Promise<void>((resolve) => void outside.push(resolve));
      try {
        return await pass(...given);
      } finally {
        const first = outside.shift();
        if (first === undefined) inside -= 1;
        else first();
      }
    },
  };
  return { key: () => queue };
}

/** Stands where the plugin would repeat refused calls: the port does that itself. */
export const PASS = {
  schedule: async <Given extends readonly unknown[], Result>(
    pass: (...given: Given) => Promise<Result>,
    ...given: Given
  ): Promise<Result> => pass(...given),
  on: (): void => {},
};
