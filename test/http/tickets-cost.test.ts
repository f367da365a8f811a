import { createHook } from "node:async_hooks";
import { afterAll, expect, test } from "vitest";
import { createTicketVerifier } from "../../src/http/tickets/verifier.ts";
import {
  keys,
  landscape,
  newKey,
  nowSeconds,
  serviceTicket,
  userTicket,
} from "./tickets/landscape.ts";

/** Signatures that were made or checked at all, and those that came back from node's thread pool. */
const count = { all: 0, pooled: 0 };
const works = new Set<number>();
// A native module's work is nameless; nothing else here is.
const signatures = ["SIGNREQUEST", "undefined"];
const hook = createHook({
  init(id, type) {
    if (!signatures.includes(String(type))) return;
    works.add(id);
    count.all += 1;
  },
  before(id) {
    if (works.has(id)) count.pooled += 1;
  },
}).enable();
afterAll(() => void hook.disable());

/** What it costs to do this; tickets are to be made before. */
async function costOf(work: () => Promise<unknown>): Promise<typeof count> {
  Object.assign(count, { all: 0, pooled: 0 });
  await work();
  return { ...count };
}

const start = (cacheSize?: number) =>
  createTicketVerifier(landscape, {
    now: () => nowSeconds * 1000,
    ...(cacheSize !== undefined && { cacheSize }),
  });
const ofPortal = serviceTicket("passport", keys.passport);
const ofUsers = Array.from({ length: 10 }, (_, at) =>
  userTicket("passport", keys.passport, `${at + 1}`),
);
const by = { client: "passport" };

test("signatures are checked beside the event loop, one for each ticket that was not seen before", async () => {
  const verifier = start();
  const ofService = serviceTicket("realty", keys.realty);
  const cost = await costOf(async () => {
    for (const token of [ofPortal, ofService]) {
      expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "ok" });
    }
    for (const token of [...ofUsers, ...ofUsers]) {
      expect(await verifier.verifyServiceTicket(ofPortal)).toMatchObject({ kind: "ok" });
      expect(await verifier.verifyUserTicket(token, by)).toMatchObject({ kind: "ok" });
    }
  });
  expect(cost).toEqual({ all: 12, pooled: 12 });
});

test("a ticket that its claims or its header condemn costs no signature, but a forged one does, each time", async () => {
  const verifier = start();
  const condemned = [
    serviceTicket("nobody", keys.passport),
    serviceTicket("passport", keys.mail),
    userTicket("passport", keys.passport, "1"),
    serviceTicket("passport", keys.passport).slice(1),
  ];
  const ofOther = userTicket("mail", keys.mail, "1");
  const forged = serviceTicket("passport", newKey("passport-1"));
  const cheap = await costOf(async () => {
    for (const token of condemned) {
      expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "refused" });
    }
    expect(await verifier.verifyUserTicket(ofOther, by)).toMatchObject({ kind: "refused" });
  });
  expect(cheap).toEqual({ all: 0, pooled: 0 });
  const dear = await costOf(async () => {
    for (const token of [forged, forged]) {
      const reason = "signature_invalid";
      expect(await verifier.verifyServiceTicket(token)).toEqual({ kind: "refused", reason });
    }
  });
  expect(dear).toEqual({ all: 2, pooled: 2 });
});

test("a flood of user tickets does not push out the service ticket that comes with all of them", async () => {
  const verifier = start(2);
  const cost = await costOf(async () => {
    for (const token of ofUsers) {
      await verifier.verifyServiceTicket(ofPortal);
      await verifier.verifyUserTicket(token, by);
    }
  });
  expect(cost.all).toBe(11);
});
