// Progress on stderr: a terminal gets one live line with the seconds, a pipe gets plain lines, and nothing is said when there is nothing to do.

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
/** A pipe hears from a long step this often, so that a log shows it lives. */
const HEARTBEAT_MS = 20_000;

const seconds = (since) => `${Math.round((performance.now() - since) / 1000)} s`;

/** A terminal that understands cursor movement. */
const isLive = (stream) => stream.isTTY === true && process.env["TERM"] !== "dumb";

/** One step at a time. @param {NodeJS.WriteStream} stream */
export function createProgress(stream) {
  const live = isLive(stream);
  let current;

  const draw = () => {
    current.frame += 1;
    const text = `${FRAMES[current.frame % FRAMES.length]} ${current.title} · ${seconds(current.since)}${current.detail && ` · ${current.detail}`}`;
    stream.write(`\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  const heartbeat = () =>
    stream.write(`set-up: ${current.title}, ${seconds(current.since)}${current.detail && `: ${current.detail}`}\n`);

  return {
    /** @param {string} title @param {string} expectation how long it may take */
    begin(title, expectation) {
      current = { title, since: performance.now(), detail: "", frame: 0 };
      if (!live) stream.write(`set-up: ${title}${expectation && ` (${expectation})`} ...\n`);
      current.timer = setInterval(live ? draw : heartbeat, live ? FRAME_MS : HEARTBEAT_MS);
      if (live) draw();
    },
    /** The last line of a running command. @param {string} text */
    detail(text) {
      if (current !== undefined) current.detail = text.trim();
    },
    /** @param {boolean} passed */
    end(passed) {
      if (current === undefined) return;
      const { title, since, timer } = current;
      clearInterval(timer);
      current = undefined;
      if (live) stream.write(`\r\x1b[2K${passed ? "✔" : "✘"} ${title}  ${seconds(since)}\n`);
      else stream.write(`set-up: ${title} ${passed ? "done" : "failed"} after ${seconds(since)}\n`);
    },
    /** @param {string} text */
    say(text) {
      stream.write(live ? `${text}\n` : `set-up: ${text}\n`);
    },
  };
}
