// One set-up at a time per checkout: a lock file that names its process, and is taken over when that process is dead.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 200;
/** Between creating and filling a lock, or removing a dead one, lie microseconds; after this long its process died in between. */
const UNFINISHED_MS = 5_000;

const readText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/** Start of a living process in clock ticks since boot (field 22 of /proc/<pid>/stat): tells it from a later one with the same number. */
function processStart(pid) {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold spaces; after it come the state (field 3) and the rest.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : Number(fields[19]);
}

const bootId = () => readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";

const isRunning = ({ pid, start }) => processStart(pid) === start;

const ageMs = (path) => {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
};

/** Ends the commands that a killed set-up left behind, so that they do not write beside the next one. */
async function endOrphans(owner) {
  for (const child of owner.children.filter(isRunning)) {
    try {
      // Each command leads its own process group.
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended in between.
    }
    while (isRunning(child)) await sleep(POLL_MS / 10);
  }
}

/** @returns the owner, "unfinished" while it is being written, or undefined for a dead lock's remains */
function parseOwner(path, text) {
  try {
    const owner = JSON.parse(text);
    return { ...owner, alive: owner.boot === bootId() && isRunning(owner) };
  } catch {
    return ageMs(path) < UNFINISHED_MS ? "unfinished" : { alive: false, boot: "", children: [] };
  }
}

/** Removes a dead lock. Only the holder of the second file may, so that no living lock is ever removed. */
async function removeDead(path, text, owner) {
  const guard = `${path}.removing`;
  try {
    writeFileSync(guard, "", { flag: "wx" });
  } catch {
    if (ageMs(guard) > UNFINISHED_MS) rmSync(guard, { force: true });
    return;
  }
  try {
    if (readText(path) !== text) return;
    if (owner.boot === bootId()) await endOrphans(owner);
    rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function holdLock(path, own) {
  const children = new Set();
  const write = () => {
    // Only the owner writes, and readers never see half of it.
    writeFileSync(`${path}.next`, JSON.stringify({ ...own, children: [...children] }));
    renameSync(`${path}.next`, path);
  };
  return {
    /** Notes a running command; call the result when it has ended. @param {number} pid */
    track(pid) {
      const child = { pid, start: processStart(pid) };
      children.add(child);
      write();
      return () => {
        children.delete(child);
        write();
      };
    },
    /** Ends the running commands and lets go. */
    abandon() {
      for (const { pid } of children) {
        try {
          process.kill(-pid, "SIGKILL");
        } catch {
          // It ended by itself.
        }
      }
      rmSync(path, { force: true });
    },
    release: () => rmSync(path, { force: true }),
  };
}

/**
 * @param {string} path
 * @param {(owner: { pid: number, since: string }) => void} onWait called once when another process holds it
 */
export async function acquireLock(path, onWait) {
  const own = {
    pid: process.pid,
    start: processStart(process.pid),
    boot: bootId(),
    since: new Date().toISOString(),
    children: [],
  };
  for (let told = false; ; ) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: "wx" });
      return holdLock(path, own);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const text = readText(path);
    if (text === undefined) continue;
    const owner = parseOwner(path, text);
    if (owner !== "unfinished" && !owner.alive) {
      await removeDead(path, text, owner);
      continue;
    }
    if (owner !== "unfinished" && !told) {
      told = true;
      onWait(owner);
    }
    await sleep(POLL_MS);
  }
}
