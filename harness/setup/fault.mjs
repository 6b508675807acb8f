// What set-up could not do: code, what was found, how to fix it, and the end of the log. Ends the command with exit code 3.

/** @typedef {{ code: string, message: string, found?: string, fix: string, tail?: readonly string[], log?: string }} Fault */

/** Broken infrastructure of this machine, never a wrong kernel. */
export class SetupFault extends Error {
  /** @param {readonly Fault[]} faults all that is wrong, not the first only */
  constructor(faults) {
    super(faults.map((fault) => fault.message).join("; "));
    this.name = "SetupFault";
    this.faults = faults;
  }
}

/** @param {Fault} fault */
function describeFault({ code, message, found, fix, tail = [], log }) {
  return [
    `✘ ${code}   ${message}`,
    ...(found === undefined ? [] : [`    found  ${found}`]),
    ...tail.map((line) => `    | ${line}`),
    ...(log === undefined ? [] : [`    log    ${log}`]),
    `    fix    ${fix}`,
  ].join("\n");
}

/** The text a person reads. @param {SetupFault} thrown */
export function describe(thrown) {
  return thrown.faults.map(describeFault).join("\n");
}

// Causes in the words of npm, pip, the C library and the kernel; the first that matches wins, so the root cause stands before its consequence.
const CAUSES = [
  {
    code: "SETUP_DISK",
    pattern: /ENOSPC|No space left on device|Errno 28\b|Disk quota exceeded|EDQUOT/,
    message: "the disk is full",
    fix: "free at least 3 GB where the checkout and the temporary folder (TMPDIR) lie, then run the same command again",
  },
  {
    code: "SETUP_OFFLINE",
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|Temporary failure in name resolution|Network is unreachable|ProxyError|Max retries exceeded/,
    message: "the package registry cannot be reached",
    fix: "connect, or point npm and pip at a mirror you can reach (npm config set registry, OPENXPU_PIP_INDEX), then run the same command again: it goes on where it stopped",
  },
  {
    code: "SETUP_CERTIFICATE",
    pattern: /CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER_CERT/,
    message: "the certificate of the package registry is not trusted on this machine",
    fix: "give the certificate authority of your network to npm (cafile) and pip (PIP_CERT), then run the same command again",
  },
  {
    code: "SETUP_PACKAGE",
    pattern: /No matching distribution found|Could not find a version|\bE404\b|\bETARGET\b/,
    message: "a pinned package is not offered for this machine",
    fix: "check the Python version and architecture in `npx openxpu doctor`, or choose an index that has the package (OPENXPU_PIP_INDEX, OPENXPU_TORCH_INDEX)",
  },
  {
    code: "SETUP_LOCKFILE",
    pattern: /npm ci.*can only install/,
    message: "package.json and package-lock.json disagree",
    fix: "restore both files; after a change of package.json: `npm install`, `node harness/setup/complete-lock.mjs`, and commit both",
  },
  {
    code: "SETUP_PERMISSION",
    pattern: /EACCES|EPERM|EROFS|Permission denied|Read-only file system/,
    message: "the checkout cannot be written",
    fix: "make the checkout writable for this user, or clone it where it is",
  },
];

const TAIL_LINES = 12;

/**
 * Names the cause of a failed command.
 * @param {{ what: string, output: string, log: string, fix: string }} failed `fix` is for a cause that is not known
 */
export function diagnose({ what, output, log, fix }) {
  const cause = CAUSES.find(({ pattern }) => pattern.test(output));
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  // npm prints its usage after some faults: what is known to matter is shown from there on, else the end.
  const first = cause === undefined ? -1 : lines.findIndex((line) => cause.pattern.test(line));
  const tail = first === -1 ? lines.slice(-TAIL_LINES) : lines.slice(first, first + TAIL_LINES);
  return new SetupFault([
    {
      code: cause?.code ?? "SETUP_FAILED",
      message: cause === undefined ? `${what} failed` : `${what} failed: ${cause.message}`,
      tail,
      log,
      fix: cause?.fix ?? fix,
    },
  ]);
}
