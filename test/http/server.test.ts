import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import { createApp } from "../../src/http/app.ts";
import { type ListeningServer, listen } from "../../src/http/server.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";
import { readAnswer } from "./support/answers.ts";
import { dumpTables } from "./support/tables.ts";

let realty: FakeService;
let hub: TestHub;
let server: ListeningServer;
let stored: Record<string, string[]>;
const faults: unknown[] = [];

beforeAll(async () => {
  realty = await startFakeService("realty");
  hub = await createTestHub({ services: [[realty]] });
  const log = { warn: () => {}, error: (fields: unknown) => faults.push(fields) };
  const app = createApp({ ...hub.context.http, log });
  server = await listen(app, { host: "127.0.0.1", port: 0 });
  await hub.remove("4001", "before", ["1"]);
  stored = await dumpTables(hub);
});
afterAll(async () => {
  await server.close();
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});

/** After whatever was sent: nothing is changed, nothing was the hub's own fault, and it still serves. */
async function stillServes(): Promise<void> {
  expect((await fetch(`${server.address}/health/ready`)).status).toBe(200);
  expect(await dumpTables(hub)).toEqual(stored);
  expect(faults).toEqual([]);
}

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(server.address);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  return socket;
}

/** Everything that comes back until the hub closes the connection. */
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {}); // a reset ends it as well
  await new Promise((resolve) => socket.once("close", resolve));
  return Buffer.concat(chunks).toString("utf8");
}

/** Sends bytes as they are, and reads until the hub closes the connection. */
async function exchange(...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = await open();
  const answered = readAll(socket);
  for (const piece of pieces) socket.write(piece);
  return await answered;
}

/** The last answer in what came over a connection, held to the contract. */
async function check(operation: OperationId | "unrouted", raw: string) {
  const at = raw.lastIndexOf("HTTP/1.1 ");
  const [head = "", ...rest] = raw.slice(at).split("\r\n\r\n");
  const [line = "", ...lines] = head.split("\r\n");
  const headers = lines.map((text) => {
    const colon = text.indexOf(":");
    return [text.slice(0, colon), text.slice(colon + 1).trim()] as [string, string];
  });
  const body = rest.join("\r\n\r\n");
  const status = Number(line.split(" ")[1]);
  expect(raw).toMatch(/^HTTP\/1\.1 /);
  expect(new Headers(headers).get("content-length")).toBe(String(Buffer.byteLength(body)));
  return await readAnswer(operation, new Response(body, { status, headers }));
}

/** The head of a delete request for a user, with good tickets. */
async function headOfDelete(...more: readonly string[]): Promise<string> {
  return [
    "POST /1/takeout/delete/?request_id=r HTTP/1.1",
    "Host: hub",
    `X-Ya-Service-Ticket: ${await hub.portal.serviceTicket()}`,
    `X-Ya-User-Ticket: ${await hub.portal.userTicket("4002")}`,
    "Content-Type: application/json",
    ...more,
    "",
    "",
  ].join("\r\n");
}

/** Writes a byte again and again until the connection is closed. */
function trickle(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 250);
  socket.once("close", () => clearInterval(timer));
}

describe("a slow sender is told so after ten seconds", () => {
  // They wait for the same ten seconds side by side.
  const slow = async (begin: string, byte: string | null) => {
    const socket = await open();
    const answered = readAll(socket);
    socket.write(begin);
    if (byte !== null) trickle(socket, byte);
    const beganAt = performance.now();
    const raw = await answered;
    return { raw, seconds: (performance.now() - beganAt) / 1000 };
  };
  const headers = "GET /health/live HTTP/1.1\r\nHost: hub\r\nX-Slow: ";

  test("whether it stops in the headers or in the body, or sends byte by byte", async () => {
    const [stopsInHeaders, tricklesHeaders, stopsInBody, tricklesBody, tricklesPieces] =
      await Promise.all([
        slow(headers, null),
        slow(headers, "x"),
        slow(`${await headOfDelete("Content-Length: 60000")}{`, null),
        slow(`${await headOfDelete("Content-Length: 60000")}{`, " "),
        slow(`${await headOfDelete("Transfer-Encoding: chunked")}1\r\n{\r\n`, "1\r\n \r\n"),
      ]);
    for (const { raw, seconds } of [stopsInBody, tricklesBody, tricklesPieces]) {
      expect(await check("deleteData", raw)).toMatchObject({
        status: 408,
        code: "request_timeout",
      });
      expect(seconds).toBeGreaterThan(9);
      expect(seconds).toBeLessThan(60);
    }
    for (const { raw, seconds } of [stopsInHeaders, tricklesHeaders]) {
      expect(await check("setDataStatus", raw)).toMatchObject({
        status: 408,
        code: "request_timeout",
      });
      expect(seconds).toBeLessThan(60);
    }
    await stillServes();
  });
});

describe("what is not HTTP is told so", () => {
  test.each([
    ["words", "hello, hub\r\n\r\n"],
    ["the beginning of TLS", Buffer.from("16030100f8010000f40303", "hex")],
    ["nothing but zeros", Buffer.alloc(64)],
    ["another protocol", "SSH-2.0-OpenSSH_9.7\r\n"],
    ["an unknown method", "BREW /health/live HTTP/1.1\r\nHost: hub\r\n\r\n"],
    ["an old HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a header without a colon", "GET /health/live HTTP/1.1\r\nHost hub\r\n\r\n"],
    ["a header with U+0000", "GET /health/live HTTP/1.1\r\nHost: hub\r\nX: a\0b\r\n\r\n"],
    [
      "two lengths",
      "POST /takeout/set_data_status HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
    [
      "a length and pieces",
      "POST /takeout/set_data_status HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    ],
    [
      "a length that is no number",
      "POST /takeout/set_data_status HTTP/1.1\r\nHost: hub\r\nContent-Length: two\r\n\r\n{}",
    ],
    ["200 KB of headers", `GET /health/live HTTP/1.1\r\nHost: hub\r\nX: ${"x".repeat(200_000)}`],
  ])("%s", async (_what, bytes) => {
    const answer = await check("setDataStatus", await exchange(bytes));
    expect([answer.status, answer.code]).toEqual([400, "bad_request"]);
    await stillServes();
  });

  test.each([
    ["no host", "GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["a host that is none", "GET /health/live HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
    ["a host with a path", "GET /health/live HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n"],
    ["a target that is none", "GET * HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"],
    ["a backslash", "GET /health\\live HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"],
  ])("nor does %s reach a route", async (_what, bytes) => {
    const answer = await check("setDataStatus", await exchange(bytes));
    expect([answer.status, answer.code]).toEqual([400, "bad_request"]);
    await stillServes();
  });

  test("and one that goes on sending is cut off", async () => {
    const { hostname, port } = new URL(server.address);
    // Half-open: it would never close the connection by itself.
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const answered = readAll(socket);
    socket.write("hello, hub\r\n\r\n");
    trickle(socket, "x");
    expect(await check("setDataStatus", await answered)).toMatchObject({ status: 400 });
    await stillServes();
  });

  test("a broken piece of a body is refused by its operation", async () => {
    const raw = await exchange(await headOfDelete("Transfer-Encoding: chunked"), "zz\r\n{}\r\n");
    expect(raw).toMatch(/^HTTP\/1\.1 400 /);
    await stillServes();
  });
});

describe("a body that is not wanted", () => {
  test("is not waited for where the tickets are refused", async () => {
    const raw = await exchange(
      "POST /1/takeout/delete/?request_id=r HTTP/1.1\r\nHost: hub\r\nContent-Length: 60000\r\n\r\n",
    );
    expect(await check("deleteData", raw)).toMatchObject({
      status: 401,
      code: "service_ticket_missing",
    });
    await stillServes();
  });

  test("is not waited for where its length is too much, or its type wrong", async () => {
    const large = await exchange(await headOfDelete("Content-Length: 1000000"));
    expect(await check("deleteData", large)).toMatchObject({ status: 413 });
    const head = await headOfDelete("Content-Length: 1000");
    const other = await exchange(head.replace("application/json", "text/plain"));
    expect(await check("deleteData", other)).toMatchObject({ status: 415 });
    await stillServes();
  });

  test("of 1 MB is answered, with its length or in pieces, each of 20 times", async () => {
    const body = new Uint8Array(1_000_000).fill(32);
    const headers = {
      "content-type": "application/json",
      "x-ya-service-ticket": await realty.client.serviceTicket(),
    };
    const url = `${server.address}/takeout/set_data_status`;
    for (let n = 0; n < 20; n++) {
      const whole = await fetch(url, { method: "POST", headers, body });
      expect(await readAnswer("setDataStatus", whole)).toMatchObject({ status: 413 });
      const stream = new Blob([body]).stream();
      const pieces = await fetch(url, { method: "POST", headers, body: stream, duplex: "half" });
      expect(await readAnswer("setDataStatus", pieces)).toMatchObject({ status: 413 });
    }
    await stillServes();
  });

  test("of a GET changes nothing in its answer", async () => {
    const raw = await exchange(
      "GET /health/live HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    );
    expect(await check("getLiveness", raw)).toMatchObject({ status: 200 });
    await stillServes();
  });
});

describe("a sender that goes away", () => {
  test.each([0, 1, 30_000])("after %i bytes of its body leaves nothing behind", async (sent) => {
    const socket = await open();
    socket.write(await headOfDelete("Content-Length: 60000"));
    socket.write(" ".repeat(sent));
    socket.resetAndDestroy();
    await stillServes();
  });

  test("before it is answered leaves nothing behind", async () => {
    for (let n = 0; n < 50; n++) {
      const socket = await open();
      socket.write("GET /health/ready HTTP/1.1\r\nHost: hub\r\n\r\n");
      socket.destroy();
    }
    await stillServes();
  });
});

test("TRACE is refused like any method that a path does not know", async () => {
  const raw = await exchange(
    "TRACE /health/live HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n",
  );
  const answer = await check("getLiveness", raw);
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("answers come in order over one connection, refused or not", async () => {
  const socket = await open();
  const answered = readAll(socket);
  const line = (path: string, close = "") => `GET ${path} HTTP/1.1\r\nHost: hub\r\n${close}\r\n`;
  socket.write(line("/health/live") + line("/nowhere") + line("/1/takeout/status/"));
  socket.write(line("/health/live", "Connection: close\r\n"));
  const statuses = (await answered).match(/HTTP\/1\.1 \d+/g)?.map((text) => Number(text.slice(-3)));
  expect(statuses).toEqual([200, 404, 401, 200]);
});

test("close lets the running request end and then takes no more", async () => {
  const app = createApp(hub.context.http);
  const own = await listen(app, { host: "127.0.0.1", port: 0 });
  const { promise: isAsked, resolve } = Promise.withResolvers<void>();
  const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>();
  realty.onStatus = async () => {
    resolve();
    await mayAnswer;
    return { status: 200, body: { data_state: "empty" } };
  };
  const running = fetch(`${own.address}/1/takeout/status/`, {
    headers: {
      "x-ya-service-ticket": await hub.portal.serviceTicket(),
      "x-ya-user-ticket": await hub.portal.userTicket("4003"),
    },
  });
  await isAsked;
  const closed = own.close();
  answerNow();
  expect((await running).status).toBe(200);
  await closed;
  await expect(fetch(`${own.address}/health/live`)).rejects.toThrow();
});

test("close answers a request that had arrived on an idle connection", async () => {
  const own = await listen(createApp(hub.context.http), { host: "127.0.0.1", port: 0 });
  const { hostname, port } = new URL(own.address);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  const ended = once(socket, "close");
  const ask = "GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n";
  socket.write(ask);
  await once(socket, "data");
  await until("it to be idle", () => text.endsWith("}"));
  socket.write(ask); // is with the hub's kernel when this returns, and nobody has read it
  const closed = own.close();
  await ended;
  expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  await closed;
});
