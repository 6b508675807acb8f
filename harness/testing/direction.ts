// The rules of direction of ARCHITECTURE.md as a table: which part of the repository may import what.
import { importsOf, type SourceFile } from "./imports.ts";

/** A part of the repository. The first one whose `files` match a file rules it. */
interface Zone {
  readonly name: string;
  readonly files: RegExp;
  /** Paths of the repository and packages; a file may always import its own folder's. */
  readonly may: readonly RegExp[];
}

const DOMAIN = /^harness\/domain\//;
const MANIFEST = /^harness\/manifest\.ts$/;
const ONNX = /^harness\/onnx\//;
/** Parts of Node that compute and touch nothing. */
const PURE_NODE = /^node:(crypto|path|v8)$/;

const packages = (...names: readonly string[]): RegExp => new RegExp(`^(${names.join("|")})$`);

/** One stage: domain, manifest, onnx, and packages that have their home there. */
const stage = (name: string, ...own: readonly string[]): Zone => ({
  name: `stage ${name}`,
  files: new RegExp(`^harness/stages/${name}/`),
  may: [DOMAIN, MANIFEST, ONNX, PURE_NODE, new RegExp(`^harness/stages/${name}/`), ...own.map((one) => packages(one))],
});

const ZONES: readonly Zone[] = [
  { name: "tests", files: /\.test\.ts$|\/testing\/|^vitest\.config\.ts$/, may: [/./] },
  { name: "domain", files: DOMAIN, may: [DOMAIN, packages("zod")] },
  { name: "manifest", files: MANIFEST, may: [DOMAIN, packages("yaml", "zod")] },
  { name: "onnx", files: ONNX, may: [ONNX, DOMAIN, packages("protobufjs", "onnx-proto", "node:url")] },
  stage("measure", "tinybench"),
  stage("validate", "spdx-license-ids"),
  ...["trust", "build", "execute", "compare", "record"].map((name) => stage(name)),
  {
    name: "pipeline",
    files: /^harness\/pipeline(\.ts$|\/)/,
    may: [/^harness\/pipeline\//, /^harness\/stages\//, DOMAIN, MANIFEST, ONNX, packages("node:crypto", "picomatch")],
  },
  {
    name: "score",
    files: /^harness\/score\//,
    may: [/^harness\/(score|stages)\//, DOMAIN, MANIFEST],
  },
  {
    name: "attacks",
    files: /^harness\/attacks\//,
    may: [/^harness\/(attacks|stages)\//, DOMAIN, MANIFEST, ONNX, PURE_NODE, packages("picomatch")],
  },
  {
    name: "node tests",
    files: /^harness\/onnx-node\//,
    may: [/^harness\/(onnx-node|pipeline|stages)\//, DOMAIN, ONNX, packages("node:crypto")],
  },
  {
    name: "vote",
    files: /^harness\/vote\//,
    may: [/^harness\/vote\//, DOMAIN, MANIFEST, packages("node:crypto")],
  },
  {
    name: "commands",
    files: /^harness\/commands\//,
    may: [
      /^harness\/(attacks|commands|onnx-node|pipeline|score|stages|vote)\//,
      /^harness\/pipeline\.ts$/,
      /^harness\/setup\/inspect\.mjs$/,
      /^reports\//,
      DOMAIN,
      MANIFEST,
      ONNX,
      PURE_NODE,
      packages("commander", "picomatch"),
    ],
  },
  { name: "cli", files: /^harness\/cli\.ts$/, may: [/^harness\/(commands|io|domain)\//, packages("commander")] },
  {
    name: "io",
    files: /^harness\/io\//,
    may: [/^harness\/io\//, DOMAIN, packages("zx", "yauzl", "@octokit\\/.*", "node:.*")],
  },
  { name: "reports", files: /^reports\//, may: [/^reports\//, DOMAIN, packages("node:crypto")] },
  { name: "ONNX reference", files: /^kernels\/[^/]+\/reference\//, may: [DOMAIN, ONNX, /^kernels\//] },
  { name: "op", files: /^kernels\//, may: [DOMAIN, /^kernels\//] },
];

/** Ops know nothing of each other. */
const opOf = (path: string): string | undefined => /^kernels\/([^/]+)\//.exec(path)?.[1];

/** What a file imports against the rules, one line each. */
export function violations(file: SourceFile): readonly string[] {
  const zone = ZONES.find(({ files }) => files.test(file.path));
  if (zone === undefined) return [`${file.path} belongs to no part of the repository that the rules know`];
  return importsOf(file)
    .filter(
      (target) =>
        !zone.may.some((allowed) => allowed.test(target)) || (opOf(target) ?? opOf(file.path)) !== opOf(file.path),
    )
    .map((target) => `${file.path} imports ${target}, which ${zone.name} may not`);
}
