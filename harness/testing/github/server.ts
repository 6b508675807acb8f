// The twin on the network: two loopback servers, one for the API and one for stored artifacts, so that tokens can be seen to stay at home.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { known, type Request } from "./asked.ts";
import { answer, type Exchange } from "./exchange.ts";
import type { Fault, Faults } from "./fault.ts";

/** What the server tells the twin and asks of it. */
export interface Host extends Exchange {
  faults(): Faults;
  /** A request came: its number from 0. */
  began(operation: string): number;
  /** How long an answer takes in virtual time. */
  latencyMs(): number;
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function send(out: ServerResponse, status: number, headers: Readonly<Record<string, string>>, text: string): void {
  out.writeHead(status, headers);
  out.end(text);
}

export interface Listening {
  readonly origin: string;
  readonly storage: string;
  /** Answers again after a fault `die`. */
  revive(): void;
  stop(): Promise<void>;
}

async function respond(
  message: IncomingMessage,
  out: ServerResponse,
  host: Host,
  dead: { now: boolean },
): Promise<void> {
  const text = await textOf(message);
  const request: Request = {
    method: message.method ?? "GET",
    url: new URL(message.url ?? "/", host.state.origin),
    headers: message.headers,
    text,
  };
  const found = known(request, host.state);
  const operation = found?.name ?? "unknown";
  const index = host.began(operation);
  const fault: Fault = dead.now ? "die" : host.faults()(index, operation);
  if (fault === "die") dead.now = true;
  if (fault === "die" || fault === "timeout-before") {
    message.socket.destroy();
    return;
  }
  host.state.clock.advance(host.latencyMs());
  if (fault === "500" || fault === "502") {
    send(out, Number(fault), { "content-type": "application/json" }, JSON.stringify({ message: "Server Error" }));
    return;
  }
  const response = answer(found, request, fault === "secondary-limit", host);
  if (fault === "timeout-after-effect") message.socket.destroy();
  else
    send(
      out,
      response.status,
      { date: new Date(host.state.clock.now()).toUTCString(), ...response.headers },
      response.text,
    );
}

function stored(message: IncomingMessage, out: ServerResponse, host: Host): void {
  if (message.headers.authorization !== undefined) host.violation("a token was sent to the storage");
  const [, id = ""] = /^\/artifacts\/(\d+)\?signature=test$/.exec(message.url ?? "") ?? [];
  const row = host.state.artifacts.get(Number(id));
  if (row === undefined) {
    send(out, 404, {}, "");
    return;
  }
  out.writeHead(200, { "content-type": "application/zip", "content-length": String(row.bytes.length) });
  out.end(row.bytes);
}

/** Starts both servers. */
export async function serve(host: Host): Promise<Listening> {
  const dead = { now: false };
  const api = createServer((message, out) => {
    respond(message, out, host, dead).catch((error: unknown) => {
      host.violation(`the twin broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      send(out, 500, { "content-type": "application/json" }, '{"message":"the twin broke"}');
    });
  });
  const storage = createServer((message, out) => stored(message, out, host));
  const [origin, storageOrigin] = await Promise.all([listen(api), listen(storage)]);
  return {
    origin,
    storage: storageOrigin,
    revive: () => {
      dead.now = false;
    },
    stop: async () => {
      await Promise.all([close(api), close(storage)]);
    },
  };
}
