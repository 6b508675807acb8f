// What somebody outside may send this process: told once, in words, before it ends.
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Ends the process at a signal, after `farewell`, with the exit code of a program that was killed by it (128 + its number). Brokers and
 * their children end with this process.
 * @returns stops listening
 */
export function onSignal(farewell: () => void): () => void {
  const handlers = Object.entries(SIGNALS).map(([signal, number]) => {
    const end = (): never => {
      farewell();
      return process.exit(128 + number);
    };
    process.on(signal, end);
    return () => void process.off(signal, end);
  });
  return () => {
    for (const stop of handlers) stop();
  };
}
