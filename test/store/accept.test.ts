import { randomUUID, randomUUIDv7 } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Acceptance,
  type AcceptDeletion,
  acceptWithin,
  createAcceptor,
  type NewDeletion,
} from "../../src/store/accept.ts";
import { lockSubjects } from "../../src/store/rewrite-subject.ts";
import { sealSnapshot } from "../../src/store/seal.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";

let hub: TestHub;

beforeAll(async () => {
  hub = await createTestHub({ services: [] });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
});

/** A wish as the property draws it; users, requests and holds are numbers, and hashes in the ledger. */
interface Wish {
  readonly user: number;
  readonly request: number | null;
  readonly categoryIds: readonly string[];
}

interface World {
  readonly users: readonly string[];
  readonly requests: readonly string[];
}

const services = ["realty", "travel"];
const wishes = fc.record({
  user: fc.nat({ max: 3 }),
  request: fc.option(fc.nat({ max: 2 })),
  categoryIds: fc.uniqueArray(fc.constantFrom("1", "2", "3"), { minLength: 1 }),
});
const holds = fc.array(
  fc.record({
    user: fc.nat({ max: 3 }),
    categoryIds: fc.option(fc.subarray(["1", "2", "3"], { minLength: 1 })),
  }),
  { maxLength: 2 },
);

function newWorld(): World {
  const hashes = () => Array.from({ length: 4 }, () => randomUUID());
  return { users: hashes(), requests: hashes() };
}

function toDeletion({ users, requests }: World, wish: Wish): NewDeletion {
  const id = randomUUIDv7();
  const subject = users[wish.user] as string;
  const categoryIds = wish.categoryIds.toSorted();
  const snapshot = { reportUid: "1", requestId: null, identity: { uids: [] } };
  return {
    id,
    subjects: [subject],
    origin: "portal",
    request: {
      subjects: [subject],
      keys: wish.request === null ? null : [requests[wish.request] as string],
    },
    categoryIds,
    parts: categoryIds.flatMap((categoryId) =>
      services.map((service) => ({ categoryId, service, state: "due" as const })),
    ),
    snapshot: sealSnapshot(hub.flows.keyring.current, id, snapshot as never),
    heldAs: [subject],
    aliases: [],
  };
}

async function hold(
  { users }: World,
  held: readonly { user: number; categoryIds: string[] | null }[],
) {
  for (const { user, categoryIds } of held) {
    await hub.sql`insert into holds (id, subject, category_ids, reason, client, login)
      values (${randomUUIDv7()}, ${users[user] as string}, ${categoryIds}::text[], 'r', 'desk', 'alice')`;
  }
}

/** All that a world's wishes left behind, without ids and instants. */
async function readWorld({ users, requests }: World) {
  const sql = hub.sql;
  const all = sql`any(${users as string[]}::uuid[])`;
  const user = sql`array_position(${users as string[]}::uuid[], subject)`;
  const request = sql`array_position(${requests as string[]}::uuid[], request_key)`;
  return {
    requests: await sql`select ${user} as user, ${request} as request, category_ids from requests
      where subject = ${all} order by 1, 2`,
    categories: await sql`select ${user} as user, category_id, is_joined from deletion_categories
      where subject = ${all} order by 1, 2`,
    parts: await sql`select ${user} as user, category_id, service, state from parts
      where subject = ${all} order by 1, 2, 3`,
    events:
      await sql`select ${user} as user, e.category_id, e.service, event, to_state, source from events e
      join deletions on deletions.id = e.deletion_id where subject = ${all} order by 1, 2, 3`,
    jobs: await sql`select ${user} as user from graphile_worker._private_jobs
      join deletions on key = 'drive_deletion:' || deletions.id where subject = ${all} order by 1`,
    links:
      await sql`select ${user} as user, ${request} as request, count(*)::int from request_deletions
      join deletions on deletions.id = deletion_id where subject = ${all} group by 1, 2 order by 1, 2`,
  };
}

const said = (acceptance: Acceptance) =>
  acceptance.kind === "repeat" ? acceptance.categoryIds.join() : acceptance.kind;

test("what is accepted in company is what would have been accepted one after another", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(wishes, { minLength: 1, maxLength: 12 }),
      holds,
      async (asked, held) => {
        const [company, lonely] = [newWorld(), newWorld()];
        await hold(company, held);
        await hold(lonely, held);
        const accept = createAcceptor(hub.flows.store);
        // The first goes at once; what comes while it is under way goes together.
        const together = await Promise.all(asked.map((wish) => accept(toDeletion(company, wish))));
        const alone: Acceptance[] = [];
        for (const wish of asked) {
          const one = toDeletion(lonely, wish);
          alone.push((await hub.sql.begin((sql) => acceptWithin(sql, one))) as Acceptance);
        }
        expect(together.map(said)).toEqual(alone.map(said));
        expect(await readWorld(company)).toEqual(await readWorld(lonely));
      },
    ),
    { numRuns: 40 },
  );
});

test("one that cannot be accepted fails alone", async () => {
  const world = newWorld();
  const accept = createAcceptor(hub.flows.store);
  const wish = (user: number): Wish => ({ user, request: null, categoryIds: ["1"] });
  const first = toDeletion(world, wish(0));
  await accept(first);
  const bad = { ...toDeletion(world, wish(2)), id: first.id };
  const answers = await Promise.allSettled([
    accept(toDeletion(world, wish(0))),
    accept(toDeletion(world, wish(1))),
    accept(bad),
    accept(toDeletion(world, wish(3))),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
});

test("a row that somebody holds keeps nobody else waiting", async () => {
  const world = newWorld();
  const accept = createAcceptor(hub.flows.store);
  const wish = (user: number): Wish => ({ user, request: null, categoryIds: ["1"] });
  await accept(toDeletion(world, wish(0)));
  const isHeld = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = hub.sql.begin(async (sql) => {
    await sql`select from deletion_categories where subject = ${world.users[0] as string} for update`;
    isHeld.resolve();
    await release.promise;
  });
  await isHeld.promise;
  // Two batches may be under way: what comes after them goes together.
  const before = [accept(toDeletion(world, wish(2))), accept(toDeletion(world, wish(3)))];
  const joining = accept(toDeletion(world, wish(0)));
  const others = [...before, accept(toDeletion(world, wish(1)))];
  expect((await Promise.all(others)).map(said)).toEqual(["accepted", "accepted", "accepted"]);
  release.resolve();
  await holding;
  expect(said(await joining)).toBe("accepted");
});

describe("whoever decides for a user as a whole is waited for, by that user's deletions alone", () => {
  const acceptors = {
    "in company": (accept: AcceptDeletion, wanted: NewDeletion) => accept(wanted),
    alone: async (_accept: AcceptDeletion, wanted: NewDeletion) =>
      (await hub.sql.begin((sql) => acceptWithin(sql, wanted))) as Acceptance,
  };
  const cases = Object.keys(acceptors).flatMap((how) => [
    [how, "the ledger's user"],
    [how, "another uid of the person"],
  ]);

  test.each(cases)("%s, by the hash of %s", async (how, whose) => {
    const world = newWorld();
    const wish = (user: number): Wish => ({ user, request: null, categoryIds: ["1"] });
    const [own, other] = [world.users[0] as string, randomUUID()];
    const wanted = { ...toDeletion(world, wish(0)), heldAs: [own, other] };
    const accept = createAcceptor(hub.flows.store);
    const order: string[] = [];
    const { accepting } = await hub.sql.begin(async (sql) => {
      await lockSubjects(sql, [whose === "the ledger's user" ? own : other]);
      // Two batches may be under way: what comes after them goes together.
      const others = [2, 3].map((user) => accept(toDeletion(world, wish(user))));
      const accepting = acceptors[how as keyof typeof acceptors](accept, wanted).then((accepted) =>
        order.push(said(accepted)),
      );
      others.push(accept(toDeletion(world, wish(1))));
      await Promise.all(others);
      await until("an acceptance that waits", async () => {
        const waiting = await hub.sql`
          select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`;
        return order.length > 0 || waiting.length === 1;
      });
      order.push("decided");
      return { accepting };
    });
    await accepting;
    expect(order).toEqual(["decided", "accepted"]);
  });
});

test("persons of many uids are accepted with no more locks at once than the database has room for", async () => {
  const world = newWorld();
  await hub.sql.unsafe(`
    create table locks_held (count int);
    create function count_locks() returns trigger language plpgsql as $$
      begin
        insert into locks_held
        select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();
        return null;
      end $$;
    create trigger count_locks after insert on deletions execute function count_locks()`);
  const accept = createAcceptor(hub.flows.store);
  const answers = await Promise.all(
    Array.from({ length: 24 }, () => {
      const own = randomUUID();
      const uids = [own, ...Array.from({ length: 999 }, () => randomUUID())];
      const one = toDeletion(
        { ...world, users: [own] },
        { user: 0, request: null, categoryIds: ["1"] },
      );
      return accept({ ...one, heldAs: uids });
    }),
  );
  expect(answers.every(({ kind }) => kind === "accepted")).toBe(true);
  const [most] = await hub.sql`select max(count)::int as count from locks_held`;
  await hub.sql.unsafe("drop trigger count_locks on deletions; drop table locks_held");
  expect(most?.count).toBeGreaterThanOrEqual(1_000);
  expect(most?.count).toBeLessThanOrEqual(2_000);
});

test("a hold that is placed after identity was asked counts", async () => {
  const world = newWorld();
  const prepared = toDeletion(world, { user: 0, request: 0, categoryIds: ["1", "2"] });
  await hold(world, [{ user: 0, categoryIds: ["2"] }]);
  expect(await createAcceptor(hub.flows.store)(prepared)).toEqual({ kind: "held" });
  const nothing = await readWorld(world);
  expect(Object.values(nothing).flat()).toEqual([]);
});
