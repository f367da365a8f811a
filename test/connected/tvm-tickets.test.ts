import { afterEach, beforeEach, expect, test } from "vitest";
import { createServiceClient } from "../../src/connected/service-client.ts";
import { createTvmDaemon, type TvmDaemon } from "../../src/connected/tvm-daemon.ts";
import { createTvmTickets, NoTicket, type TvmTickets } from "../../src/connected/tvm-tickets.ts";
import { startTvmDaemon, type TvmDaemonStandIn } from "../support/tvm-daemon.ts";

const minute = 60_000;
const hour = 60 * minute;
const startMs = 1_800_000_000_000;
const ids: Readonly<Record<string, string>> = { realty: "2004", travel: "2005", stranger: "2006" };

let daemon: TvmDaemonStandIn;
let asked: TvmDaemon;
let tickets: TvmTickets;
let nowMs: number;
const clocks = { now: () => nowMs, ticks: () => nowMs };
let lines: unknown[];
/** How often the daemon was asked for a ticket. */
let questions: number;

beforeEach(async () => {
  nowMs = startMs;
  lines = [];
  // The daemon's own name for a service need not be ours.
  const destinations = { "realty-of-the-daemon": "2004", travel: "2005" };
  daemon = await startTvmDaemon({ self: "2000", destinations });
  daemon.bornAtSeconds = startMs / 1000;
  const say = (fields: object, message: string) => void lines.push({ ...fields, message });
  asked = createTvmDaemon({
    url: daemon.url,
    token: daemon.token,
    self: "2000",
    log: { info: say, warn: say },
  });
  questions = 0;
  const ticketFor: TvmDaemon["ticketFor"] = (id) => {
    questions += 1;
    return asked.ticketFor(id);
  };
  tickets = createTvmTickets({
    daemon: { ticketFor },
    idOf: (name) => ids[name],
    ...clocks,
  });
});

afterEach(async () => {
  await asked.close();
  await daemon[Symbol.asyncDispose]();
});

const get = () => tickets.serviceTicket("realty");

/** Passes time after which another ticket can be told from this one. */
function pass(ms: number): void {
  nowMs += ms;
  daemon.bornAtSeconds = nowMs / 1000;
}

test("a ticket is one of the hub for the service, by their ids", async () => {
  expect(await get()).toBe(daemon.serviceTicket({ src: "2000", dst: "2004" }));
  expect(daemon.asked).toEqual(["/tvm/tickets?src=2000&dsts=2004"]);
});

test("all who call a service share one question, and then its ticket", async () => {
  const found = await Promise.all(Array.from({ length: 20 }, get));
  expect(new Set([...found, await get()]).size).toBe(1);
  expect(questions).toBe(1);
});

test("each service has its own", async () => {
  expect(await tickets.serviceTicket("travel")).not.toBe(await get());
});

test("after 10 minutes another is fetched, and nobody waits for it", async () => {
  const first = await get();
  pass(10 * minute - 1);
  await get();
  expect(questions).toBe(1);
  pass(1);
  daemon.instead = () => "silence";
  expect(await get()).toBe(first);
  expect(questions).toBe(2);
});

test("the other one is used as soon as it is there", async () => {
  const first = await get();
  const other = daemon.serviceTicket({ src: "2000", dst: "2004", keyId: 7 });
  daemon.instead = (path) =>
    path.includes("tickets")
      ? { status: 200, text: `{"a":{"tvm_id":2004,"ticket":"${other}"}}` }
      : "truth";
  pass(10 * minute);
  expect(await get()).toBe(first);
  await expect.poll(get).toBe(other);
  expect(questions).toBe(2);
});

test("a daemon that is away costs no call for 11 hours from the ticket's birth, and is not asked with each", async () => {
  daemon.bornAtSeconds = startMs / 1000 - 3_600;
  const first = await get();
  daemon.instead = () => ({ status: 500 });
  nowMs = startMs + 10 * hour - 1;
  for (const _ of [1, 2, 3]) expect(await get()).toBe(first);
  await expect.poll(() => lines.length).toBe(1);
  expect(await get()).toBe(first);
  expect(questions).toBe(2);
  nowMs += 1;
  await expect(get()).rejects.toThrow(NoTicket);
  daemon.instead = null;
  daemon.bornAtSeconds = nowMs / 1000;
  expect(await get()).toBe(first); // the same text, newly born
});

test("a birth that the daemon does not tell, or tells wrongly, is the moment of asking", async () => {
  for (const birth of [
    {},
    { "x-ya-tvmtool-data-birthtime": "soon" },
    { "x-ya-tvmtool-data-birthtime": "99999999999" },
  ]) {
    const fresh = createTvmTickets({ daemon: asked, idOf: (name) => ids[name], ...clocks });
    const text = '{"a":{"tvm_id":2004,"ticket":"3:serv:A:B"}}';
    daemon.instead = () => ({ status: 200, text, headers: birth });
    expect(await fresh.serviceTicket("realty")).toBe("3:serv:A:B");
    daemon.instead = () => ({ status: 500 });
    nowMs += 11 * hour - 1;
    expect(await fresh.serviceTicket("realty")).toBe("3:serv:A:B");
    nowMs += 1;
    await expect(fresh.serviceTicket("realty")).rejects.toThrow(NoTicket);
  }
});

test("a service that the daemon does not know has no ticket, and the others have theirs", async () => {
  await expect(tickets.serviceTicket("stranger")).rejects.toThrow(NoTicket);
  await expect(tickets.serviceTicket("nobody")).rejects.toThrow(NoTicket);
  expect(await get()).toMatch(/^3:serv:/);
  expect(lines).toEqual([
    { code: "http_400", message: "the ticket daemon is of no help: tickets" },
  ]);
});

test.each([
  ["an error in its place", '{"a":{"tvm_id":2004,"error":"no"}}'],
  ["one for another", '{"a":{"tvm_id":2005,"ticket":"3:serv:A:B"}}'],
  ["one that no header can bear", '{"a":{"tvm_id":2004,"ticket":"3:serv\\n"}}'],
  ["nothing", "{}"],
  ["null", '{"a":null}'],
])("an answer without the ticket is none: %s", async (_, text) => {
  daemon.instead = () => ({ status: 200, text });
  await expect(get()).rejects.toMatchObject({ code: "no_ticket" });
  expect(lines).toHaveLength(1);
  await expect(get()).rejects.toMatchObject({ code: "no_ticket" });
  expect(lines).toHaveLength(1);
});

test("a call for which there is no ticket is not made, and says so", async () => {
  const client = createServiceClient({
    url: daemon.url,
    concurrency: 1,
    ticket: () => tickets.serviceTicket("stranger"),
  });
  const call = { path: "/v1/takeout/status/", body: {}, requestId: "1", timeoutMs: 1_000 };
  expect(await client.post({ ...call, readBody: () => true })).toEqual({
    kind: "no_answer",
    code: "no_ticket",
  });
  expect(daemon.asked).toEqual(["/tvm/tickets?src=2000&dsts=2006"]);
  await client.close();
});
