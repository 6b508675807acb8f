// The pinned onnx package against the committed manifest: what is exported here is what was exported there.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { CHECKOUT, world } from "../io/main.ts";
import { decodeModel, reencodeModel } from "../onnx/codec.ts";
import { readModel } from "../onnx/reader.ts";
import { typedModel } from "../onnx/typed.ts";
import { digestsOf } from "./archive.ts";
import { manifestText, readManifest, verify } from "./digests.ts";
import { exportedCases, MANIFEST } from "./exporter.ts";

const { ports } = await world(process.env, { report: () => {} });
const cases = await exportedCases(ports);
const path = join(CHECKOUT, MANIFEST);

/** Ways of computing that a processor may have: its own, and those of an older or another one. */
const PROCESSORS: readonly Readonly<Record<string, string>>[] = [
  {},
  { NPY_DISABLE_CPU_FEATURES: "X86_V4 AVX512_ICL" },
  { OPENBLAS_CORETYPE: "Haswell" },
];

/** Names of cases whose expected outputs differ on some processor where the arithmetic is not fixed. */
async function dependentCases(): Promise<Set<string>> {
  const dependent = new Set<string>();
  for (const environment of PROCESSORS) {
    const others = new Map(
      (await exportedCases(ports, "native", environment)).map((one) => [one.name, digestsOf(one)]),
    );
    for (const one of cases) {
      const [own, other] = [digestsOf(one), others.get(one.name)];
      if (own.asked === other?.asked && own.whole !== other.whole) dependent.add(one.name);
    }
  }
  return dependent;
}

if (process.env["UPDATE_GOLDENS"] === "1") {
  const python = JSON.parse(readFileSync(join(CHECKOUT, ".openxpu/venv/openxpu.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, string>>;
  };
  const made = `numpy ${python.packages["numpy"] ?? "unknown"} on ${process.arch}`;
  writeFileSync(path, manifestText(cases, await dependentCases(), `onnx==${python.packages["onnx"] ?? ""}`, made));
}

const manifest = readManifest(readFileSync(path, "utf8"));

describe("the export of the pinned package", () => {
  it("has the 1,884 cases of the manifest, bit for bit (UPDATE_GOLDENS=1 writes it anew)", () => {
    const { problems, good } = verify(cases, manifest, MANIFEST);
    expect(problems).toEqual([]);
    expect(good.size).toBe(1884);
  });

  it("is of the onnx that the environment pins", () => {
    const requirements = readFileSync(join(CHECKOUT, "harness/setup/requirements.txt"), "utf8").split("\n");
    expect(requirements).toContain(manifest.package);
  });

  it("differs, where the arithmetic is the processor's own, in the cases that the manifest marks and in one input", async () => {
    const native = await exportedCases(ports, "native");
    const { problems } = verify(native, manifest, MANIFEST);
    // The input of test_log is an exponential of random numbers.
    expect(problems.map(({ message }) => message.split(":")[0]).filter((name) => name !== "test_log")).toEqual([]);
  });
});

describe("the reader", () => {
  it("accepts every other model that the package ships: whole networks, and what PyTorch exported", () => {
    const library = join(CHECKOUT, ".openxpu/venv/lib");
    const files = readdirSync(library, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\/onnx\/backend\/test\/data\/.*\.onnx$/.test(name),
    );
    expect(files.length).toBeGreaterThan(100);
    const refused = files.filter((name) => !readModel(readFileSync(join(library, name)), { file: name }).ok);
    expect(refused).toEqual([]);
  });
});

describe("the run-time schema", () => {
  it("re-encodes every official model byte by byte, and the reader accepts every one", () => {
    const damaged = cases.filter(({ model }) => Buffer.compare(reencodeModel(decodeModel(model)), model) !== 0);
    const refused = cases.filter(({ name, model }) => !readModel(model, { file: name }).ok);
    expect([damaged.map(({ name }) => name), refused.map(({ name }) => name)]).toEqual([[], []]);
  });

  it("is needed for later fields only: onnx-proto reads all of these without damage, and writes 390 in other bytes", () => {
    const typed = cases.map(({ name, model }) => ({ model, read: typedModel(model, `${name}/model.onnx`) }));
    expect(typed.filter(({ read }) => !read.ok)).toEqual([]);
    const other = typed.filter(
      ({ model, read }) =>
        read.ok && Buffer.compare(onnxProto.onnx.ModelProto.encode(read.value).finish(), model) !== 0,
    );
    expect(other).toHaveLength(390);
  });
});
