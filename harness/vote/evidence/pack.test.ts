// What a job says of itself: the same files give the same bundle, and any change another digest.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../domain/evidence.ts";
import { validSubmission, MINIATURE, SUBMISSION } from "../../testing/miniature.ts";
import { bundleDigest, bundleText, canonical, ciSeed, packBundle, sha256 } from "./pack.ts";
import { sourceDigest } from "./source.ts";
import { bundleOf, HARNESS, RUN, SEED } from "./testing/bundle.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a bundle", () => {
  it("lists its files by name with size and digest, in one order", () => {
    const files = [["records.jsonl", bytes("b\n")] as const, ["logs/a.log", bytes("")] as const];
    const pack = (given: typeof files) =>
      packBundle({ ...RUN, harness: HARNESS, job: "a", seed: SEED, files: new Map(given) });
    expect(pack(files).files).toEqual([
      { name: "logs/a.log", bytes: 0, digest: sha256("") },
      { name: "records.jsonl", bytes: 2, digest: sha256("b\n") },
    ]);
    expect(bundleText(pack([...files].reverse()))).toBe(bundleText(pack(files)));
    expect(bundleSchema.parse(JSON.parse(bundleText(pack(files))))).toEqual(pack(files));
  });

  it("has a digest of its own for every content, job and run", () => {
    const bundle = bundleOf([{}]);
    const others = [bundleOf([{ a: 1 }]), bundleOf([{}], "b"), { ...bundle, attempt: 2 }, { ...bundle, head: HARNESS }];
    expect(new Set([bundle, ...others].map(bundleDigest)).size).toBe(5);
  });

  it("has a digest that no order of keys changes", () => {
    const bundle = bundleOf([{}]);
    const turned = Object.fromEntries(Object.entries(bundle).reverse()) as typeof bundle;
    expect(bundleDigest(turned)).toBe(bundleDigest(bundle));
    expect(canonical({ b: [1, { d: null, c: undefined }], a: "x" })).toBe('{"a":"x","b":[1,{"d":null}]}');
  });
});

describe("the seed of a run", () => {
  it("is the first 128 bits of sha256 over its four lines", () => {
    const hash = createHash("sha256")
      .update(`101\n${"a".repeat(40)}\n202\n1`)
      .digest("hex");
    expect(ciSeed(RUN)).toBe(hash.slice(0, 32));
  });

  it("is another for every head, run, attempt and repository", () => {
    const runs = [RUN, { ...RUN, head: HARNESS }, { ...RUN, workflowRun: 203 }, { ...RUN, attempt: 2 }];
    expect(new Set([...runs, { ...RUN, repository: 1 }].map(ciSeed)).size).toBe(5);
  });
});

describe("the digest of sources", () => {
  it("from GitHub's contents is that of a checkout, folder by folder", async () => {
    const more = { "a-b": "1", "a/x": "2", "a/x-y": "3", "a/x/z": "4", B: "5", "a.c": "6", é: "7" };
    const changes = Object.fromEntries(
      Object.entries(more)
        .filter(([name]) => name !== "a/x")
        .map(([name, text]) => [`${SUBMISSION}/${name}`, text]),
    );
    const below = Object.entries({ ...MINIATURE, ...changes }).filter(([path]) => path.startsWith(`${SUBMISSION}/`));
    const files = below.map(([path, text]): [string, Uint8Array] => [path.slice(SUBMISSION.length + 1), bytes(text)]);
    expect(sourceDigest(new Map(files.reverse()))).toBe((await validSubmission(changes)).digest);
  });
});
