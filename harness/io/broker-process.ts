// One broker process: JSON lines over its stdio, and its staging memory through /proc. The transport only; meaning is in lanes.ts.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Reply, replySchema, stagingSchema } from "../domain/broker.ts";
import { HarnessError } from "../domain/problem.ts";

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds after a broker's end in which what it wrote is still read. */
const LAST_WORDS = 200;

/** A running broker. Requests are answered in order. */
export class BrokerProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  private staging: { descriptor: number; bytes: number } | undefined;
  private lost: HarnessError | undefined;
  private errors = "";

  constructor(program: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(program, [], { env: environment, stdio: ["pipe", "pipe", "pipe"] });
    this.child.on("error", (error) => this.fail(`${program} could not be started`, error));
    this.child.on("exit", (code, signal) => {
      this.fail(`the broker ended (${signal ?? `exit ${code ?? "?"}`}) ${this.errors.trim()}`);
      this.letGo();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-2000);
    });
    // Writing to a broker that has just died must not end the judge: the exit event reports it.
    this.child.stdin?.on("error", () => {});
    if (this.child.stdout !== null) {
      createInterface({ input: this.child.stdout }).on("line", (line) => this.receive(line));
    }
  }

  private fail(message: string, cause?: unknown): void {
    this.lost ??= new HarnessError(
      "BROKER_LOST",
      message,
      "run again; npx openxpu doctor shows what is missing",
      cause,
    );
    for (const { reject } of this.waiting.values()) reject(this.lost);
    this.waiting.clear();
  }

  /** A process that the broker left behind may hold its pipes: the judge does not wait for that to end. */
  private letGo(): void {
    setTimeout(() => {
      for (const stream of this.child.stdio) stream?.destroy();
    }, LAST_WORDS).unref();
  }

  private receive(line: string): void {
    let reply: Reply;
    try {
      reply = replySchema.parse(JSON.parse(line));
    } catch (error) {
      this.fail(`the broker said something else than a reply: ${line.slice(0, 200)}`, error);
      return;
    }
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply);
    else {
      const said = `${reply.error?.code ?? "?"}: ${reply.error?.message ?? "no message"}`;
      waiting?.reject(new HarnessError("BROKER_REFUSED", said, "report this with the record"));
    }
  }

  /** Sends one request and waits for its reply. @throws HarnessError when the broker refuses or is lost */
  request(op: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    if (this.lost !== undefined) return Promise.reject(this.lost);
    const id = this.next;
    this.next += 1;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.stdin?.write(`${JSON.stringify({ id, op, ...fields })}\n`);
    });
  }

  /** Makes the staging memory at least `bytes` large. */
  async reserve(bytes: number): Promise<void> {
    if (this.staging !== undefined && this.staging.bytes >= bytes) return;
    const { path } = stagingSchema.parse(await this.request("staging", { bytes }));
    if (this.staging !== undefined) closeSync(this.staging.descriptor);
    this.staging = undefined;
    try {
      this.staging = { descriptor: openSync(path, "r+"), bytes };
    } catch (error) {
      // Its memory goes with the broker, before the judge hears that it ended.
      throw this.broken("the staging memory is not there", error);
    }
  }

  /** What went wrong between two replies: the broker's end where that is known. */
  private broken(message: string, cause: unknown): HarnessError {
    const words = cause instanceof Error ? `${message}: ${cause.message}` : message;
    return (
      this.lost ?? new HarnessError("BROKER_LOST", words, "run again; npx openxpu doctor shows what is missing", cause)
    );
  }

  private descriptor(): number {
    if (this.staging === undefined) throw new HarnessError("BROKER_REFUSED", "no staging memory", "report this bug");
    return this.staging.descriptor;
  }

  write(offset: number, content: Uint8Array): void {
    const descriptor = this.descriptor();
    try {
      for (let done = 0; done < content.length; )
        done += writeSync(descriptor, content, done, content.length - done, offset + done);
    } catch (error) {
      throw this.broken("the staging memory took no more", error);
    }
  }

  read(offset: number, bytes: number): Uint8Array {
    const content = new Uint8Array(bytes);
    for (let done = 0; done < bytes; ) {
      const got = readSync(this.descriptor(), content, done, bytes - done, offset + done);
      if (got === 0) throw new HarnessError("BROKER_LOST", "staging memory ended early", "run again");
      done += got;
    }
    return content;
  }

  /** Asks it to quit; kills it when it does not within two seconds. */
  async close(): Promise<void> {
    if (this.staging !== undefined) closeSync(this.staging.descriptor);
    this.staging = undefined;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      this.child.once("exit", () => resolve());
    });
    this.request("quit").catch(() => {});
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 2000);
    await ended;
    clearTimeout(timer);
  }
}
