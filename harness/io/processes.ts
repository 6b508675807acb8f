// The process port, by zx: compilers and probes of the harness. Kernels never run here, only behind the broker.
import { $ } from "zx";
import type { Processes } from "../domain/ports.ts";

/** Bytes kept of each stream. */
const KEPT = 2 ** 20;

/** Runs programs with an environment that holds PATH and what the caller names. */
export function hostProcesses(path: string): Processes {
  return {
    run: async ([program, ...args], { cwd, environment, timeoutSeconds }) => {
      const started = performance.now();
      const running = $({
        cwd,
        env: { PATH: path, ...environment },
        timeout: `${Math.ceil(timeoutSeconds)}s`,
        timeoutSignal: "SIGKILL",
        nothrow: true,
        quiet: true,
        stdio: ["ignore", "pipe", "pipe"],
      })`${program} ${args}`;
      const { exitCode, stdout, stderr } = await running;
      // At its deadline the whole tree is killed; a shell among it may still live to report its child's death as a status.
      const late = performance.now() - started >= timeoutSeconds * 1000;
      return {
        code: late && exitCode !== 0 ? null : exitCode,
        stdout: stdout.slice(0, KEPT),
        stderr: stderr.slice(0, KEPT),
      };
    },
  };
}
