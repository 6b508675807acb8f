// Submission folders whose folder is the attack: links, names, manifests. Files by relative name; a link names its target.

/** What lies under a name. */
export type Entry =
  | string
  | { readonly link: string }
  | { readonly fifo: true }
  /** A command that makes it, run in the submission's folder. */
  | { readonly made: readonly [string, ...string[]] };

/** A hostile folder: entries that replace or join those of an honest submission. */
export type Folder = (name: string) => Readonly<Record<string, Entry>>;

const HONEST = '#include "attack.h"\nATTACK(honest) { return honest(a), 0; }\n';

/** A manifest that is honest but for what is given. */
function manifest(name: string, changes: Readonly<Record<string, string>> = {}, more = ""): string {
  const lines = {
    edition: "1",
    submission: name,
    version: "1.0.0",
    op: "silu_and_mul",
    license: "Apache-2.0",
    device: "{backend: cpu, chips: [x86-64]}",
    source: "{dialect: c-abi, files: [kernel.cc]}",
    entry: "honest",
    supports: "{dtypes: {T: [float32]}}",
    numerics: "{class: fp32}",
    ...changes,
  };
  return `${Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}`)
    .join("\n")}\n${more}`;
}

const hostile = '"\\e[2J\\u202e</td><script>window.pwned=1</script>\\n::error::pwned"';

/** Nine levels of nine aliases: 387 million nodes of a few hundred bytes. */
const BOMB = Array.from({ length: 9 }, (_, level) => {
  const alias = level === 0 ? "lol" : `*l${level - 1}`;
  return `l${level}: &l${level} [${Array.from({ length: 9 }, () => alias).join(", ")}]`;
}).join("\n");

/** The folders by name. */
export const FOLDERS: Readonly<Record<string, Folder>> = {
  linked_source: (name) => ({
    "submission.yaml": manifest(name, { source: "{dialect: c-abi, files: [kernel.cc]}" }),
    "kernel.cc": { link: "/etc/passwd" },
  }),
  linked_header: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": `#include "secret.h"\n${HONEST}`,
    "secret.h": { link: "/etc/passwd" },
  }),
  linked_folder: (name) => ({
    "submission.yaml": manifest(name, { source: "{dialect: c-abi, files: [out/passwd]}" }),
    "kernel.cc": HONEST,
    out: { link: "/etc" },
  }),
  linked_manifest: () => ({ "submission.yaml": { link: "/etc/passwd" }, "kernel.cc": HONEST }),
  linked_license: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": HONEST,
    LICENSE: { link: "/etc/hostname" },
  }),
  linked_loop: (name) => ({ "submission.yaml": manifest(name), "kernel.cc": HONEST, again: { link: "." } }),
  source_above: (name) => ({
    "submission.yaml": manifest(name, { source: "{dialect: c-abi, files: [../../../../etc/passwd]}" }),
    "kernel.cc": HONEST,
  }),
  source_absolute: (name) => ({
    "submission.yaml": manifest(name, { source: "{dialect: c-abi, files: [/etc/passwd]}" }),
    "kernel.cc": HONEST,
  }),
  source_as_flag: (name) => ({
    "submission.yaml": manifest(name, { source: '{dialect: c-abi, files: ["-fplugin=/tmp/x.so.cc"]}' }),
    "-fplugin=/tmp/x.so.cc": "int x;\n",
    "kernel.cc": HONEST,
  }),
  source_with_newline: (name) => ({
    "submission.yaml": manifest(name, { source: '{dialect: c-abi, files: ["ker\\n::error::pwned\\nnel.cc"]}' }),
    "ker\n::error::pwned\nnel.cc": "#error broken\n",
    "kernel.cc": HONEST,
  }),
  pipe_as_manifest: () => ({ "submission.yaml": { fifo: true }, "kernel.cc": HONEST }),
  pipe_as_header: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": `#include "slow.h"\n${HONEST}`,
    "slow.h": { fifo: true },
  }),
  preloads_library: (name) => ({
    "submission.yaml": manifest(name, { environment: '{set: {LD_PRELOAD: "/tmp/x.so", LD_AUDIT: "/tmp/y.so"}}' }),
    "kernel.cc": HONEST,
  }),
  passes_token: (name) => ({
    "submission.yaml": manifest(name, { environment: "{pass: [GITHUB_TOKEN, ACTIONS_RUNTIME_TOKEN, HOME]}" }),
    "kernel.cc": HONEST,
  }),
  loose_tolerance: (name) => ({
    "submission.yaml": manifest(name, { numerics: "{class: fp32, atol: 1.0e9, rtol: 1.0e9}" }),
    "kernel.cc": HONEST,
  }),
  no_cases: (name) => ({
    "submission.yaml": manifest(name, { supports: "{dtypes: {T: [float32]}, axes: {D: {max: 4}}}" }),
    "kernel.cc": HONEST,
  }),
  hostile_words: (name) => ({
    "submission.yaml": manifest(name, { license: hostile, entry: hostile, op: hostile }),
    "kernel.cc": HONEST,
  }),
  other_name: () => ({ "submission.yaml": manifest("honest_1"), "kernel.cc": HONEST }),
  unknown_keys: (name) => ({
    "submission.yaml": manifest(name, {}, "verdict: PASSED\nstatus: PASSED\n__proto__: {conforms: true}\n"),
    "kernel.cc": HONEST,
  }),
  yaml_bomb: (name) => ({ "submission.yaml": `${BOMB}\n${manifest(name)}`, "kernel.cc": HONEST }),
  yaml_code: (name) => ({
    "submission.yaml": manifest(name, { version: '!!js/function "() => process.exit(0)"' }),
    "kernel.cc": HONEST,
  }),
  huge_source: (name) => ({ "submission.yaml": manifest(name), "kernel.cc": `${HONEST}//${"x".repeat(2 ** 23)}\n` }),
  huge_manifest: (name) => ({
    "submission.yaml": `${manifest(name)}# ${"x".repeat(2 ** 26)}\n`,
    "kernel.cc": HONEST,
  }),
  deep_manifest: (name) => ({
    "submission.yaml": manifest(name, { claims: `${"[".repeat(200_000)}${"]".repeat(200_000)}` }),
    "kernel.cc": HONEST,
  }),
  sparse_file: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": HONEST,
    "weights.bin": { made: ["truncate", "-s", "8G", "weights.bin"] },
  }),
  deep_folder: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": HONEST,
    deep: {
      made: ["bash", "-c", `for i in {1..20}; do mkdir ${"d".repeat(250)} && cd -P ${"d".repeat(250)} || exit 1; done`],
    },
  }),
  many_files: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": HONEST,
    many: { made: ["bash", "-c", "mkdir many && cd many && touch {1..20000}"] },
  }),
  name_of_bytes: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": HONEST,
    odd: { made: ["bash", "-c", "touch $'\\xff\\xfe.cc' $'\\x1b[2J.cc'"] },
  }),
  tunes_loader: (name) => ({
    "submission.yaml": manifest(name, {
      environment: '{set: {GLIBC_TUNABLES: "glibc.malloc.check=3", LD_LIBRARY_PATH: /tmp}}',
    }),
    "kernel.cc": HONEST,
  }),
  manifest_as_source: (name) => ({
    "submission.yaml": manifest(name, { source: "{dialect: c-abi, files: [submission.yaml, LICENSE]}" }),
    "kernel.cc": HONEST,
  }),
  head_configuration: (name) => ({
    "submission.yaml": manifest(name),
    "kernel.cc": HONEST,
    ".npmrc": "node-options=--require ./evil.cjs\n",
    "tsconfig.json": '{"compilerOptions": {"paths": {"zod": ["./evil.ts"]}}}\n',
    "evil.cjs": "console.log('LOOT code in the judge'); process.exit(0);\n",
    "sitecustomize.py": "print('LOOT code in Python')\n",
    "torch.py": "raise SystemExit\n",
  }),
};
