// The process port, by zx: compilers and probes of the harness. Kernels never run here, only behind the broker.
import { $ } from "zx";
import type { Confinement, Finished, Processes } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";

/** Bytes kept of each stream. */
const KEPT = 2 ** 20;

/** What openxpu-confine ends with when it could not confine, or could not hand over what was made. */
const NOT_CONFINED = 125;

/** And when SIGKILL ended the command: nothing inside can send it, so the machine or somebody did. */
const KILLED = 128 + 9;

/** The first bytes of a stream; the rest is counted and dropped as it comes, so that no program can fill the judge's memory. */
class Kept extends Array<string | Buffer> {
  private bytes = 0;
  private dropped = 0;

  override push(...chunks: (string | Buffer)[]): number {
    for (const chunk of chunks) {
      const whole = Buffer.from(chunk);
      const part = whole.subarray(0, KEPT - this.bytes);
      this.bytes += part.length;
      this.dropped += whole.length - part.length;
      // A copy: a part would keep its whole chunk alive.
      if (part.length > 0) super.push(Buffer.from(part));
    }
    return this.length;
  }

  /** Cut between characters; what is missing is said. */
  text(): string {
    const bytes = Buffer.concat([...this].map((chunk) => Buffer.from(chunk)));
    const text = new TextDecoder().decode(bytes, { stream: this.dropped > 0 });
    return this.dropped === 0 ? text : `${text}\n[${this.dropped} bytes more were cut]\n`;
  }
}

type Options = Parameters<Processes["run"]>[1];

async function runHere(command: readonly string[], options: Options, env: NodeJS.ProcessEnv): Promise<Finished> {
  const [program = "", ...args] = command;
  const store = { stdout: new Kept(), stderr: new Kept(), stdall: new Kept() };
  const started = performance.now();
  const { exitCode, message } = await $({
    cwd: options.cwd,
    env,
    store,
    timeout: `${Math.ceil(options.timeoutSeconds)}s`,
    timeoutSignal: "SIGKILL",
    nothrow: true,
    quiet: true,
    stdio: ["ignore", "pipe", "pipe"],
  })`${program} ${args}`;
  // Below zero is the system's refusal to start anything: nobody's source is wrong.
  if (exitCode !== null && exitCode < 0) {
    const why = message.split("\n")[0] ?? "";
    throw new HarnessError(
      "SETUP_INCOMPLETE",
      `${program} could not be started: ${why}`,
      "run again when the machine is whole",
    );
  }
  // At its deadline the whole tree is killed; a shell among it may still live to report its child's death as a status.
  const late = performance.now() - started >= options.timeoutSeconds * 1000;
  return { code: late && exitCode !== 0 ? null : exitCode, stdout: store.stdout.text(), stderr: store.stderr.text() };
}

function confinedCommand(
  program: string,
  level: string,
  command: readonly string[],
  options: Options,
  confine: Confinement,
): string[] {
  const environment = Object.entries(options.environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const reads = confine.read.flatMap((path) => ["--read", path]);
  // Its deadline is in seconds that pass; the processor's seconds are as many for each process.
  const limits = ["--memory", `${confine.memoryBytes}`, "--seconds", `${Math.ceil(options.timeoutSeconds)}`];
  return [program, "--level", level, ...reads, "--write", confine.write, ...limits, ...environment, "--", ...command];
}

/**
 * Runs programs with an environment that holds PATH and what the caller names.
 * @param confiner the program that confines others, for those that are to be
 */
export function hostProcesses(path: string, confiner: string): Processes {
  let level: Promise<string> | undefined;
  const probed = async (options: Options): Promise<string> => {
    const { code, stdout } = await runHere([confiner, "--probe"], { ...options, timeoutSeconds: 10 }, {});
    if (code === 0) return stdout.split("\n")[0] ?? "none";
    throw new HarnessError("SETUP_INCOMPLETE", `${confiner} does not work`, "run npm start once: it builds it");
  };
  return {
    run: async (command, options) => {
      const { confine, environment } = options;
      if (confine === undefined) return runHere(command, options, { PATH: path, ...environment });
      level ??= probed(options);
      const named = { ...options, environment: { PATH: path, ...environment } };
      const finished = await runHere(confinedCommand(confiner, await level, command, named, confine), options, {
        PATH: path,
      });
      if (finished.code === KILLED)
        throw new HarnessError(
          "BROKER_LOST",
          "a compiler was killed from outside",
          "run again; look for want of memory",
        );
      if (finished.code !== NOT_CONFINED) return finished;
      const said = finished.stderr.trim().split("\n").at(-1) ?? "";
      throw new HarnessError("BROKER_REFUSED", `a build could not be confined: ${said}`, "npx openxpu doctor");
    },
  };
}
