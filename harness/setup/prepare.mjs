// Set-up: brings a fresh clone to where every command runs. Nothing to do is the usual case and starts no program.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { brokerStep } from "./broker.mjs";
import { SetupFault } from "./fault.mjs";
import { acquireLock } from "./lock.mjs";
import { arePackagesInstalled, packagesStep } from "./packages.mjs";
import { createProgress } from "./progress.mjs";
import { pythonStep } from "./python.mjs";
import { isCurrent, writeStamp } from "./stamp.mjs";
import { findTools } from "./tools.mjs";

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/** Runs the steps that are not done, in order. */
async function runSteps(steps, context) {
  for (const step of steps) {
    if (step.isDone(context)) continue;
    context.progress.begin(step.title, step.expectation);
    let passed = false;
    try {
      await step.run(context);
      passed = true;
    } finally {
      context.progress.end(passed);
    }
  }
}

/** Every step, or the packages alone for commands that only look. */
async function runSetUp({ checkout, state, progress, lock, only }) {
  if (only === "packages") return runSteps([packagesStep], { checkout, state, progress, lock });
  const { tools, faults } = findTools();
  if (faults.length > 0) throw new SetupFault(faults);
  await runSteps([packagesStep, pythonStep, brokerStep], { checkout, state, progress, lock, tools });
  writeStamp(checkout, state, tools);
}

/** Ctrl-C ends the running command and lets the lock go; what is done stays done. */
function abandonOnSignal(lock, progress) {
  const handlers = Object.entries(SIGNALS).map(([signal, number]) => {
    const abandon = () => {
      progress.end(false);
      lock.abandon();
      process.exit(128 + number);
    };
    process.on(signal, abandon);
    return () => process.off(signal, abandon);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}

/** A disk that is full or a folder that cannot be written shows as a system error of our own writes. */
function asFault(error, state) {
  const found = `${error.message}`;
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    return new SetupFault([
      {
        code: "SETUP_DISK",
        message: "the disk is full",
        found,
        fix: "free at least 3 GB, then run the same command again",
      },
    ]);
  }
  if (error.code === "EACCES" || error.code === "EROFS" || error.code === "EPERM") {
    return new SetupFault([
      {
        code: "SETUP_PERMISSION",
        message: `${state} cannot be written`,
        found,
        fix: "make the checkout writable for this user",
      },
    ]);
  }
  return error;
}

/**
 * @param {string} checkout
 * @param {"everything" | "packages"} only
 */
export async function prepare(checkout, only) {
  const state = join(checkout, ".openxpu");
  const isReady = () => isCurrent(checkout, state) || (only === "packages" && arePackagesInstalled(checkout));
  if (isReady()) return;
  if (process.platform !== "linux") {
    const found = `${process.platform} on ${process.arch}`;
    throw new SetupFault([
      {
        code: "SETUP_PLATFORM",
        message: "Linux is needed (the sandbox is made of its parts)",
        found,
        fix: "use a Linux machine, virtual machine or container",
      },
    ]);
  }
  const progress = createProgress(process.stderr);
  try {
    mkdirSync(state, { recursive: true });
    const lock = await acquireLock(join(state, "setup.lock"), ({ pid, since }) =>
      progress.say(`waiting for the set-up that process ${pid} began at ${since}`),
    );
    const stopListening = abandonOnSignal(lock, progress);
    try {
      if (!isReady()) await runSetUp({ checkout, state, progress, lock, only });
    } finally {
      stopListening();
      lock.release();
    }
  } catch (error) {
    throw asFault(error, state);
  }
}
