import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";
import { readAnswer } from "./support/answers.ts";
import { readAudit } from "./support/audit.ts";
import { type Act, createDesk, type Desk } from "./support/desk.ts";
import { newUid } from "./support/uids.ts";

let alpha: FakeService;
let identity: FakeService;
let desk: Desk;
let hub: TestHub;
/** What the identity service says of somebody, by uid. */
const persons = new Map<string, { uid: string; is_portal: boolean }[]>();

const personOf: FakeService["onDelete"] = ({ body }) => {
  const uids = persons.get(body.yandex_uid);
  if (!uids) return { status: 404 };
  return { status: 200, body: { yandex_uids: uids, complete: true } };
};

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  identity = await startFakeService("identity");
  identity.onDelete = personOf;
  desk = await createDesk();
  hub = await createTestHub({
    services: [[alpha]],
    config: {
      operators: desk.operators,
      identity: { url: identity.url, client: "identity", timeoutMs: 2_000 },
    },
  });
});
beforeEach(async () => {
  await hub.sql`delete from audit_events`;
  await hub.sql`delete from holds`;
  identity.calls.length = 0;
});
afterAll(async () => {
  for (const each of [hub, alpha, identity]) await each[Symbol.asyncDispose]();
});

const reason = "asked for by a court";

async function act(operation: OperationId, path: string, sent: Act = {}) {
  return await readAnswer(operation, await desk.act(hub, `/admin/v1/${path}`, sent));
}

async function hold(uid: string, categories?: readonly string[], login = "alice"): Promise<string> {
  const body = { uid, reason, ...(categories && { categories }) };
  const answer = await act("placeHold", "holds", { body, login });
  expect(answer.status).toBe(201);
  return answer.body.hold_id;
}

async function release(id: string, query = "?reason=over") {
  return await act("releaseHold", `holds/${id}${query}`, { method: "DELETE" });
}

async function remove(uid: string, categories: readonly string[] = ["1"], requestId = "r") {
  const { status, code } = await readAnswer(
    "deleteData",
    await hub.remove(uid, requestId, categories),
  );
  return code ?? status;
}

describe("a held user", () => {
  test("is refused new deletions until the hold is released", async () => {
    const uid = newUid();
    const id = await hold(uid);
    expect(await remove(uid)).toBe("delete_denied");
    const [row] =
      await hub.sql`select from deletions where subject = ${hub.flows.subjects.of(uid)}`;
    expect(row).toBeUndefined();
    expect((await release(id)).status).toBe(200);
    expect(await remove(uid)).toBe(200);
  });

  test("in some categories may have the others deleted, and nothing starts where one is held", async () => {
    const uid = newUid();
    await hold(uid, ["1"]);
    expect(await remove(uid, ["1", "2"])).toBe("delete_denied");
    expect(await remove(uid, ["2"])).toBe(200);
  });

  test("stays held while another hold is left", async () => {
    const uid = newUid();
    const [first] = [await hold(uid), await hold(uid, ["1"])];
    await release(first);
    expect(await remove(uid)).toBe("delete_denied");
    expect(await remove(uid, ["2"])).toBe(200);
  });

  test("may repeat what was accepted before, and what runs goes on", async () => {
    const uid = newUid();
    expect(await remove(uid, ["1"], "before")).toBe(200);
    await hold(uid);
    expect(await remove(uid, ["1"], "before")).toBe(200);
    await hub.drain();
    expect(alpha.deletes().some(({ body }) => body.report_uid === uid)).toBe(true);
  });

  test("hears of a category that is not known first, and nobody is asked for his identity", async () => {
    const uid = newUid();
    await hold(uid);
    expect(await remove(uid, ["1", "9"])).toBe("category_unknown");
    expect(await remove(uid)).toBe("delete_denied");
    expect(identity.calls).toEqual([]);
  });

  test("is held by whichever of his uids", async () => {
    const [portal, phonish] = [newUid(), newUid()];
    const uids = [
      { uid: portal, is_portal: true },
      { uid: phonish, is_portal: false },
    ];
    persons.set(portal, uids);
    await hold(phonish);
    expect(await remove(portal)).toBe("delete_denied");
  });

  test("is held from the moment on, also where his identity was being asked for", async () => {
    const uid = newUid();
    identity.onDelete = async () => {
      await hold(uid);
      return { status: 404 };
    };
    expect(await remove(uid)).toBe("delete_denied");
    identity.onDelete = personOf;
  });

  test("has nobody else held", async () => {
    await hold(newUid());
    expect(await remove(newUid())).toBe(200);
  });
});

describe("a hold, once it is answered", () => {
  const asking = {
    "the portal": (uid: string) => remove(uid, ["1"], "again"),
    "an operator": async (uid: string) => {
      const body = { uid, categories: ["1"], reason };
      const { code, status } = await act("createDeletion", "deletions", { body });
      return code ?? status;
    },
  };
  const held = { "the same uid": 0, "another uid of the person": 1 };
  const cases = Object.keys(asking).flatMap((who) => Object.keys(held).map((what) => [who, what]));

  /** Whether a session waits for a lock of a kind, and for longer than a batch of deletions would. */
  async function isWaiting(kind: "transactionid" | "advisory"): Promise<boolean> {
    const rows = await hub.sql`
      select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and wait_event = ${kind}
         and query_start < clock_timestamp() - interval '60 ms'`;
    return rows.length > 0;
  }

  test.each(cases)(
    "comes before no deletion that waited for the category to close: %s asks, %s is held",
    async (who, what) => {
      const uids = [newUid(), newUid()] as const;
      const subject = hub.flows.subjects.of(uids[0]);
      persons.set(
        uids[0],
        uids.map((uid, at) => ({ uid, is_portal: at === 0 })),
      );
      expect(await remove(uids[0], ["1"], "before")).toBe(200);
      let isPlaced = false;
      const { deleting, placing } = await hub.sql.begin(async (sql) => {
        await sql`update deletion_categories set closed_at = now() where subject = ${subject}`;
        const deleting = asking[who as keyof typeof asking](uids[0]);
        await until("a deletion that waits", () => isWaiting("transactionid"));
        const placing = hold(uids[held[what as keyof typeof held]] as string).then(() => {
          isPlaced = true;
        });
        const isEither = async () => isPlaced || (await isWaiting("advisory"));
        await until("the hold to be placed, or to wait", isEither);
        return { deleting, placing };
      });
      await Promise.all([deleting, placing]);
      const later = await hub.sql`
        select from deletions where accepted_at >= (select max(created_at) from holds)`;
      expect(later).toHaveLength(0);
      expect(await remove(uids[0], ["2"], "after")).toBe("delete_denied");
    },
  );
});

describe("the list of holds", () => {
  test("says of each what, why and who, the newest first, in pages, and of one user where asked", async () => {
    const [uid, other] = [newUid(), newUid()];
    const ids = [await hold(uid, ["1"]), await hold(other), await hold(uid, undefined, "bob")];
    const get = async (query: string) =>
      (await readAnswer("listHolds", await desk.get(hub, `/admin/v1/holds${query}`))).body;
    const first = await get("?limit=2");
    const second = await get(`?limit=2&cursor=${first.next_cursor}`);
    const all = [...first.items, ...second.items];
    expect(all.map(({ hold_id }: { hold_id: string }) => hold_id)).toEqual(ids.toReversed());
    expect(second.next_cursor).toBeUndefined();
    expect((await get(`?uid=${uid}`)).items).toEqual([
      { hold_id: ids[2], reason, login: "bob", created_at: expect.stringMatching(/Z$/) },
      {
        hold_id: ids[0],
        categories: ["1"],
        reason,
        login: "alice",
        created_at: expect.stringMatching(/Z$/),
      },
    ]);
  });
});

describe("refusals", () => {
  test("a category that is not known, a hold that is not there, and no reason", async () => {
    const uid = newUid();
    const body = { uid, categories: ["9"], reason };
    expect((await act("placeHold", "holds", { body })).code).toBe("category_unknown");
    const nobodys = "0197d3a2-7c1e-7aaa-8bbb-000000000001";
    expect((await release(nobodys)).code).toBe("not_found");
    expect((await release("x")).code).toBe("not_found");
    const id = await hold(uid);
    expect((await release(id, "")).code).toBe("bad_request");
    expect((await release(id, "?reason=")).code).toBe("bad_request");
    expect(await remove(uid)).toBe("delete_denied");
  });

  test("a reason that names the user is refused, and goes nowhere", async () => {
    const uid = "4071936582140759386210475918362";
    const body = { uid, reason: `for user ${uid}` };
    const answer = await act("placeHold", "holds", { body });
    expect(answer.code).toBe("bad_request");
    expect(JSON.stringify(answer.body)).not.toContain(uid);
    expect(await readAudit(hub)).toEqual(["desk/alice placeHold - - bad_request"]);
  });
});

test("every act is in the audit with who and why, also when it failed", async () => {
  const uid = newUid();
  const id = await hold(uid);
  await release(id);
  await release(id);
  await act("placeHold", "holds", { body: { uid, categories: ["9"], reason } });
  await act("placeHold", "holds", { body: { uid, reason }, login: "vera" });
  await act("placeHold", "holds", { body: { uid } });
  expect(await readAudit(hub)).toEqual([
    `desk/alice placeHold ${id} (${reason}) ok`,
    `desk/alice releaseHold ${id} (over) ok`,
    `desk/alice releaseHold ${id} (over) not_found`,
    `desk/alice placeHold - (${reason}) category_unknown`,
    "desk/vera placeHold - - role_required",
    "desk/alice placeHold - - bad_request",
  ]);
});

test("a refusal is in the audit without a reason that no text can be, or that names the user beside a body", async () => {
  const uid = newUid();
  expect((await release(newUid(), "?reason=a%00b")).code).toBe("bad_request");
  const named = { body: { uid, reason: `of ${uid}` } };
  expect((await act("placeHold", `holds?reason=of+${uid}`, named)).code).toBe("bad_request");
  expect(await readAudit(hub)).toEqual([
    "desk/alice releaseHold - - bad_request",
    "desk/alice placeHold - - bad_request",
  ]);
});
