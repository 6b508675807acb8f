// After `npm install <package>`: enters the optional packages of other platforms that a mirror does not offer, because npm leaves those
// out of package-lock.json and `npm ci` then refuses the file everywhere. Usage: node harness/setup/complete-lock.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const CPU = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

/** Packages that carry programs are named for their platform: `@scope/name-linux-x64-musl`. */
function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const os = words.find((word) => OS.includes(word));
  const cpu = words.find((word) => CPU.includes(word));
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith("musl"))
    ? "musl"
    : words.some((word) => word.startsWith("gnu"))
      ? "glibc"
      : undefined;
  return { cpu: [cpu], os: [os], ...(libc !== undefined && { libc: [libc] }) };
}

/** Nested copies count: npm looks upwards from the package that asks. */
const isLocked = (packages, name) => Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`));

/** @returns {readonly string[]} the names entered */
function completeLock(packages) {
  const entered = [];
  for (const asking of Object.values({ ...packages })) {
    for (const [name, version] of Object.entries(asking.optionalDependencies ?? {})) {
      const platform = platformOf(name);
      if (platform === undefined || isLocked(packages, name)) continue;
      // Exact versions only: a program belongs to one release of its package. There is no digest, and none is needed: it is never installed here.
      packages[`node_modules/${name}`] = { version, ...(asking.dev && { dev: true }), optional: true, ...platform };
      entered.push(name);
    }
  }
  return entered;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(dirname(dirname(dirname(process.argv[1]))), "package-lock.json");
  const lock = JSON.parse(readFileSync(path, "utf8"));
  const entered = completeLock(lock.packages);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
  process.stdout.write(`${entered.length} entered\n`);
}
