// The reader against 24,000 damaged models: real ones with flipped bits, cuts, splices, edited lengths and numbers. None may throw, stop the
// judge or take long; what is let through must be what it says: written again, it is the same model.
import { describe, expect, test } from "vitest";
import { type Random, seededRandom } from "../domain/random.ts";
import { world } from "../io/main.ts";
import { decodeModel, reencodeModel } from "../onnx/codec.ts";
import { readModel } from "../onnx/reader.ts";
import { exportedCases } from "./exporter.ts";

const { ports } = await world(process.env, { report: () => {} });
const models = (await exportedCases(ports)).map(({ model }) => model);

/** Damaged models of each kind. */
const EACH = 4000;
/** Milliseconds that no model of these sizes may take; the slowest takes a tenth, and a busy machine may be slow. */
const LONGEST = 1000;

type Damage = (model: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const at = (model: Uint8Array, random: Random): number => random.integer(0, Math.max(0, model.length - 1));

/** Sets bytes at a place. */
function put(model: Uint8Array, place: number, bytes: readonly number[]): Uint8Array {
  const damaged = model.slice();
  bytes.forEach((byte, index) => {
    if (place + index < damaged.length) damaged[place + index] = byte;
  });
  return damaged;
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  "one bit flipped": (model, random) => {
    const place = at(model, random);
    return put(model, place, [(model[place] ?? 0) ^ (1 << random.integer(0, 7))]);
  },
  "eight bytes changed": (model, random) => {
    let damaged = model;
    for (let count = 0; count < 8; count += 1) damaged = put(damaged, at(model, random), [random.integer(0, 255)]);
    return damaged;
  },
  "cut off": (model, random) => model.slice(0, at(model, random)),
  "the head of one and the tail of another": (model, random, other) => {
    const [head, tail] = [model.subarray(0, at(model, random)), other.subarray(at(other, random))];
    const joined = new Uint8Array(head.length + tail.length);
    joined.set(head);
    joined.set(tail, head.length);
    return joined;
  },
  "a length or number made huge": (model, random) => {
    const huge = [
      [0xff, 0xff, 0xff, 0xff, 0x07],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x80, 0x80, 0x80, 0x80, 0x08],
      [0xff, 0x7f],
    ];
    return put(model, at(model, random), huge[random.integer(0, huge.length - 1)] ?? []);
  },
  "a part repeated": (model, random) => {
    const from = at(model, random);
    const part = model.subarray(from, from + random.integer(1, 64));
    const into = at(model, random);
    const grown = new Uint8Array(model.length + part.length);
    grown.set(model.subarray(0, into));
    grown.set(part, into);
    grown.set(model.subarray(into), into + part.length);
    return grown;
  },
};

/** Field by field, in the order of the schema: what was written in another order, or packed otherwise, is the same. */
function plain(bytes: Uint8Array): unknown {
  const message = decodeModel(bytes);
  return message.$type.toObject(message, { longs: String, bytes: String });
}

describe("a model that was damaged", () => {
  for (const [name, damage] of Object.entries(DAMAGES)) {
    test(`by ${name} is refused by name or read, each in no time`, () => {
      const random = seededRandom(Buffer.from(name.padEnd(16).slice(0, 16)).toString("hex"));
      let [slowest, accepted, refused] = [0, 0, 0];
      for (let count = 0; count < EACH; count += 1) {
        const model = models[random.integer(0, models.length - 1)] ?? new Uint8Array();
        const other = models[random.integer(0, models.length - 1)] ?? new Uint8Array();
        const damaged = damage(model, random, other);
        const start = performance.now();
        const read = readModel(damaged, { file: "model.onnx" });
        slowest = Math.max(slowest, performance.now() - start);
        if (read.ok) {
          accepted += 1;
          expect(plain(reencodeModel(read.value.message))).toEqual(plain(damaged));
          continue;
        }
        refused += 1;
        expect(read.problems.length).toBeGreaterThan(0);
        for (const { code, place, message, fix } of read.problems) {
          expect(code).toMatch(/^MODEL_(UNREADABLE|TOO_LARGE|INVALID|EXTERNAL)$/);
          expect(message).not.toMatch(/cannot be decoded/);
          expect([place.file, place.line, place.column > 0, fix.length > 0]).toEqual(["model.onnx", 1, true, true]);
        }
      }
      expect(accepted + refused).toBe(EACH);
      expect(refused).toBeGreaterThan(EACH / 10);
      expect(slowest).toBeLessThan(LONGEST);
    });
  }
});
