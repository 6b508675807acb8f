// Time of the twin: it stands still until somebody sleeps or advances it.

/** A clock that tests move. Milliseconds since 1970. */
export interface VirtualClock {
  now(): number;
  advance(ms: number): void;
  /** Two who sleep from the same moment wake at the same moment. */
  sleep(ms: number): Promise<void>;
  /** As GitHub writes it: whole seconds, UTC. */
  stamp(): string;
}

/** A moment as GitHub writes it. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** A clock that starts at a moment. */
export function virtualClock(start: string): VirtualClock {
  let now = Date.parse(start);
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    sleep: async (ms) => {
      const target = now + ms;
      await Promise.resolve();
      now = Math.max(now, target);
    },
    stamp: () => stampOf(now),
  };
}
