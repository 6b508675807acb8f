// What a step may run: one command, of a few, with every value quoted. A shell that cannot be surprised has no logic in it.

/** Commands that a step may be. `head` is the only folder with code that nobody reviewed. */
const COMMANDS: readonly RegExp[] = [
  /^npx --no openxpu [a-z]/,
  /^npm test($| -- )/,
  /^git -C \.\.\/head diff --name-only --no-renames --output=/,
  /^sudo sysctl --write kernel\.apparmor_restrict_unprivileged_userns=0$/,
];

/** What is left of a command when its quoted parts are gone; an open quote stays. */
const bare = (run: string): string => run.replaceAll(/"[^"]*"/g, '""');

/** Faults of one `run`, in words. */
export function shellFaults(run: string): readonly string[] {
  const command = run.trimEnd();
  const faults: string[] = [];
  if (command.includes("\n")) faults.push("more than one line");
  if (/[;&|<>`]|\$\(|\\$/.test(bare(command)) || /[`\\]|\$\(/.test(command)) faults.push("more than one command");
  if (command.includes("'")) faults.push("single quotes, in which no variable is one");
  if (/[$]/.test(bare(command)) || bare(command).replaceAll('""', "").includes('"'))
    faults.push("a variable outside double quotes");
  if (command.includes("${{")) faults.push("an expression: pass it by env");
  if (!COMMANDS.some((allowed) => allowed.test(command))) faults.push("not one of the commands that steps are made of");
  return faults;
}

/** Whether npm or npx would run here. */
export const runsNode = (run: string): boolean => /\b(npx|npm|node|yarn|pnpm)\b/.test(run);
