import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { acceptDeletion } from "../../src/flows/accept-deletion.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type FakeService, type ReceivedCall, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { deletionOf, partsOf } from "../support/ledger-rows.ts";

interface Answer {
  readonly yandex_uids: readonly { readonly uid: string; readonly is_portal: boolean }[];
  readonly [list: string]: unknown;
}

/** What a service knows its data by, and where that stands in a call. */
const knownBy = {
  taxi: (body: ReceivedCall["body"]) => body.yandex_uids.map((row: { uid: string }) => row.uid),
  food: (body: ReceivedCall["body"]) => body.user_ids ?? [],
  shop: (body: ReceivedCall["body"]) => body.phone_ids ?? [],
  calls: (body: ReceivedCall["body"]) => body.personal_phone_ids ?? [],
  mail: (body: ReceivedCall["body"]) => body.personal_email_ids ?? [],
} as const;
type Name = keyof typeof knownBy;
const names = Object.keys(knownBy) as Name[];

let services: Map<Name, FakeService>;
let data: Map<Name, string[]>;
let identity: FakeService;
let known: Map<string, Answer>;
let hub: TestHub;

beforeAll(async () => {
  identity = await startFakeService("identity");
  services = new Map();
  for (const name of names) services.set(name, await startFakeService(name));
  hub = await createTestHub({
    categories: ["1"],
    services: [...services.values()].map((service) => [service, { completion: "answer" }] as const),
    config: { identity: { url: identity.url, client: "identity", timeoutMs: 10_000 } },
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  for (const service of [...services.values(), identity]) await service[Symbol.asyncDispose]();
});

beforeEach(() => {
  known = new Map();
  data = new Map();
  identity.calls.length = 0;
  identity.onDelete = ({ body }) => {
    const answer = known.get(body.yandex_uid);
    return answer ? { status: 200, body: { complete: true, ...answer } } : { status: 404 };
  };
  for (const [name, service] of services) {
    service.calls.length = 0;
    service.onDelete = ({ body }) => {
      const ids = knownBy[name](body);
      data.set(
        name,
        held(name).filter((id) => !ids.includes(id)),
      );
      return { status: 200 };
    };
    service.onStatus = ({ body }) => {
      const isHeld = held(name).some((id) => knownBy[name](body).includes(id));
      return { status: 200, body: { data_state: isHeld ? "ready_to_delete" : "empty" } };
    };
  }
});

const held = (name: Name) => data.get(name) ?? [];
const portal = (uid: string) => ({ uid, is_portal: true });
const says = (data_state: string) => ({ status: 200, body: { data_state } });
const phonish = (uid: string) => ({ uid, is_portal: false });

/** Everybody an answer names gets the same one. */
function knows(answer: Answer, ...uids: string[]): void {
  for (const uid of uids) known.set(uid, answer);
}

async function acceptAs(origin: "portal" | "admin", uid: string, requestId: string | null = null) {
  const input = { uid, origin, takeoutRequestId: requestId, categoryIds: ["1"], requestId: "x" };
  return await acceptDeletion(hub.flows, input);
}

/** The uids that a service was given for a deletion. */
const sentUids = (service: Name = "taxi") => services.get(service)?.deletes()[0]?.body.yandex_uids;

describe("a user with several identifiers", () => {
  const lists = {
    yandex_uids: [phonish("12"), portal("11")],
    user_ids: ["user-1", "user-2"],
    phone_ids: ["phone-1"],
    personal_phone_ids: ["personal-1"],
    personal_email_ids: ["email-1"],
  };
  const strangers = ["21", "user-9", "phone-9", "personal-9", "email-9"];

  beforeEach(() => {
    knows(lists, "11", "12");
    for (const [at, own] of [
      ["11", "12"],
      ["user-1", "user-2"],
      ["phone-1"],
      ["personal-1"],
      ["email-1"],
    ].entries()) {
      data.set(names[at] as Name, [...own, strangers[at] as string]);
    }
  });

  test("is found by each service under its own, and a stranger's data stay", async () => {
    expect((await hub.status("11")).data[0].state).toBe("ready_to_delete");
    expect((await hub.remove("11", "r1", ["1"])).status).toBe(200);
    await hub.drain();
    expect(names.map(held)).toEqual(strangers.map((id) => [id]));
    for (const service of services.values()) {
      const { yandex_uids, user_ids, phone_ids, personal_phone_ids, personal_email_ids } =
        service.deletes()[0]?.body ?? {};
      const sent = { user_ids, phone_ids, personal_phone_ids, personal_email_ids };
      expect({ ...sent, yandex_uids }).toEqual({
        ...lists,
        yandex_uids: [portal("11"), phonish("12")],
      });
    }
    await hub.passTime(hub.flows.rules.trustForMs + 1);
    expect((await hub.status("11")).data[0].state).toBe("empty");
  });

  test("is called by what was known at acceptance, whatever becomes of it", async () => {
    await hub.remove("11", "r2", ["1"]);
    known.clear();
    await hub.drain();
    expect(names.map(held)).toEqual(strangers.map((id) => [id]));
  });
});

describe("the ledger's user", () => {
  test("of a phonish account that an operator deletes is the portal's account, which sees it", async () => {
    knows({ yandex_uids: [phonish("32"), portal("31")] }, "31", "32");
    data.set("taxi", ["31", "32"]);
    const { deletionIds } = await acceptAs("admin", "32");
    expect(identity.calls[0]?.body).toEqual({ yandex_uid: "32", origin: "admin" });
    expect((await hub.status("31")).data[0].state).toBe("delete_in_progress");
    expect((await deletionOf(hub, "31")).id).toBe(deletionIds[0]);
    // The portal joins it, as it would join its own.
    expect((await hub.remove("31", "r", ["1"])).status).toBe(200);
    expect(await partsOf(hub, "32")).toEqual([]);
    await hub.drain();
    expect([sentUids(), held("taxi")]).toEqual([[portal("31"), phonish("32")], []]);
    expect((await hub.status("31")).data[0]).toMatchObject({
      state: "empty",
      update_date: expect.any(String),
    });
  });

  test("is whose deletion every account of the portal's sees that leads to it", async () => {
    knows({ yandex_uids: [phonish("35"), portal("34")] }, "34", "35");
    data.set("taxi", ["34", "35"]);
    for (const service of services.values()) service.onStatus = () => says("empty");
    expect((await hub.remove("35", "r", ["1"])).status).toBe(200);
    for (const uid of ["34", "35"]) {
      expect((await hub.status(uid)).data[0].state).toBe("delete_in_progress");
    }
    await hub.drain();
    const [shown, alike] = [await hub.status("34"), await hub.status("35")];
    expect(shown.data[0]).toMatchObject({ state: "empty", update_date: expect.any(String) });
    expect(alike).toEqual(shown);
  });

  test("has an open deletion, whatever an account had deleted of its own before it led there", async () => {
    for (const service of services.values()) {
      service.onDelete = () => ({ status: 202 });
      service.onStatus = () => says("delete_in_progress");
    }
    await hub.remove("36", "r", ["1"]);
    await hub.drain();
    for (const service of services.values()) service.onDelete = () => ({ status: 200 });
    await hub.remove("37", "r", ["1"]);
    await hub.drain();
    await hub.passTime(hub.flows.rules.trustForMs + 1);
    knows({ yandex_uids: [phonish("37"), portal("36")] }, "36", "37");
    for (const service of services.values()) service.onStatus = () => says("empty");
    expect((await hub.status("37")).data[0].state).toBe("delete_in_progress");
  });

  test.each([
    ["two portal accounts", [portal("41"), portal("42"), phonish("43")], "42"],
    ["no portal account", [phonish("45"), phonish("46")], "46"],
  ])("of one with %s is the one who was asked for", async (_what, accounts, uid) => {
    knows({ yandex_uids: accounts }, uid);
    await acceptAs("admin", uid);
    await hub.drain();
    const own = accounts.find((row) => row.uid === uid);
    expect(sentUids()).toEqual([own, ...accounts.filter((row) => row !== own)]);
    expect((await partsOf(hub, uid)).length).toBe(names.length);
  });

  test("that is named twice counts once", async () => {
    knows({ yandex_uids: [portal("51"), phonish("52"), portal("51")] }, "52");
    await acceptAs("admin", "52");
    await hub.drain();
    expect(sentUids()).toEqual([portal("51"), phonish("52")]);
  });

  test("is the bare uid where the identity service knows of nobody", async () => {
    for (const [uid, origin] of [
      ["61", "portal"],
      ["62", "admin"],
    ] as const) {
      await acceptAs(origin, uid);
      await hub.drain();
      expect(services.get("taxi")?.deletes().at(-1)?.body).toMatchObject({
        yandex_uids: [portal(uid)],
        report_uid: uid,
      });
    }
  });
});

describe("the uid that was asked for", () => {
  test.each([
    ["portal", portal("72")],
    ["admin", phonish("72")],
  ] as const)("goes along where the answer leaves it out: %s", async (origin, row) => {
    knows({ yandex_uids: [portal("71")] }, "72");
    const { deletionIds } = await acceptAs(origin, "72");
    await hub.drain();
    expect(sentUids()).toEqual([portal("71"), row]);
    const aliases = await hub.sql`
      select subject from deletion_aliases where deletion_id = ${deletionIds[0] ?? ""}`;
    expect(aliases).toEqual([{ subject: hub.flows.subjects.of("72") }]);
  });

  test("may be one of 1,000, but not one more", async () => {
    const others = (count: number) => Array.from({ length: count }, (_, at) => phonish(`9${at}`));
    knows({ yandex_uids: others(999) }, "81");
    knows({ yandex_uids: others(1_000) }, "82");
    await acceptAs("admin", "81");
    await hub.drain();
    expect(sentUids()).toHaveLength(1_000);
    await expect(acceptAs("admin", "82")).rejects.toMatchObject({ code: "identity_unavailable" });
  });
});

test("every other uid may be reported, the ledger's user is not told from them", async () => {
  knows({ yandex_uids: [portal("91"), phonish("92"), phonish("93")] }, "93");
  for (const service of services.values()) service.onDelete = () => ({ status: 202 });
  await acceptAs("admin", "93");
  await hub.drain();
  for (const [at, service] of [...services.values()].entries()) {
    const report = doneReport(service.deletes()[0]?.body, "1");
    const yandex_uid = ["91", "92", "93"][at % 3];
    expect((await hub.report(service, { ...report, yandex_uid })).status).toBe(200);
  }
  const states = (await partsOf(hub, "91")).map(({ state }) => state);
  expect(states).toEqual(names.map(() => "deleted"));
});

test("an operator's deletion has no request_id: each is a wish of its own, and says who made it", async () => {
  const first = await acceptAs("admin", "95");
  const second = await acceptAs("admin", "95");
  expect(second.deletionIds).toEqual(first.deletionIds); // joined
  await hub.drain();
  const third = await acceptAs("admin", "95");
  expect(third.deletionIds).not.toEqual(first.deletionIds);
  const origins = await hub.sql`
    select distinct d.origin, e.source from deletions d join events e on e.deletion_id = d.id
     where e.event = 'accepted' and d.id = any(${[...first.deletionIds, ...third.deletionIds]}::uuid[])`;
  expect(origins).toEqual([{ origin: "admin", source: "admin" }]);
  expect(services.get("taxi")?.deletes()[0]?.body).not.toHaveProperty("request_id");
});
