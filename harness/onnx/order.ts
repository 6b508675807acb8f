// What names a graph knows, and whether its nodes can be run in some order at all.
import type { onnx } from "onnx-proto";

/** Names that can be read at a point of a graph: its own and those of the graphs around it. */
export class Scope {
  private readonly names = new Set<string>();
  private readonly outer: Scope | null;
  private readonly nodes: readonly onnx.INodeProto[];
  private written: Map<string, number> | undefined;

  constructor(outer: Scope | null, nodes: readonly onnx.INodeProto[]) {
    this.outer = outer;
    this.nodes = nodes;
  }

  /** Names that nodes of this graph write sooner or later, and which; asked for only where a name is not there yet. */
  private get writers(): ReadonlyMap<string, number> {
    if (this.written !== undefined) return this.written;
    this.written = new Map();
    for (const [index, { output }] of this.nodes.entries())
      for (const name of output ?? []) if (!this.written.has(name)) this.written.set(name, index);
    return this.written;
  }

  add(name: string): void {
    this.names.add(name);
  }

  /** Whether it can be read now. */
  has(name: string): boolean {
    return this.names.has(name) || (this.outer?.has(name) ?? false);
  }

  /** Whether a node of this graph or one around it writes it, sooner or later. */
  comes(name: string): boolean {
    return this.writers.has(name) || (this.outer?.comes(name) ?? false);
  }

  /** Nodes of this graph that wait for each other, by index; empty where some order runs them all. */
  cycle(): number[] {
    const { writers } = this;
    const waits = this.nodes.map(
      (node) =>
        new Set(
          (node.input ?? []).flatMap((name) => {
            const writer = name === "" ? undefined : writers.get(name);
            return writer === undefined ? [] : [writer];
          }),
        ),
    );
    const readers = new Map<number, number[]>();
    waits.forEach((writers, index) => {
      for (const writer of writers) {
        const known = readers.get(writer);
        if (known === undefined) readers.set(writer, [index]);
        else known.push(index);
      }
    });
    const ready = waits.flatMap((writers, index) => (writers.size === 0 ? [index] : []));
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      for (const reader of readers.get(next) ?? []) {
        waits[reader]?.delete(next);
        if (waits[reader]?.size === 0) ready.push(reader);
      }
    }
    return waits.flatMap((writers, index) => (writers.size > 0 ? [index] : []));
  }
}
