import { randomUUID } from "node:crypto";
import fc from "fast-check";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LedgerView, mergeStatus, planQuestions } from "../../src/domain/merge.ts";
import { createRegistry, type ServiceRules } from "../../src/domain/registry.ts";
import { connectStore, type Store } from "../../src/store/connect.ts";
import { createReadLedger } from "../../src/store/ledger.ts";
import { readDetails } from "../../src/store/ledger-details.ts";
import { readSummaries } from "../../src/store/ledger-summary.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let store: Store;
let observer: postgres.Sql;

beforeAll(async () => {
  database = await createDatabase();
  store = connectStore(database.url, { max: 8 });
  observer = postgres(database.url, { max: 2 });
});
afterAll(async () => {
  await store.close();
  await observer.end();
  await database.drop();
});

const hourMs = 3_600_000;
const service = (name: string, categories: string[]) =>
  ({ name, categories, after: [] }) as unknown;
const categories = ["1", "2", "3"];
const registry = createRegistry({
  categories: categories.map((id) => ({ id, slug: `category-${id}` })),
  services: [
    service("realty", ["1", "2"]),
    service("orders", ["1"]),
    service("travel", ["1", "3"]),
  ] as ServiceRules[],
});
/** One that is not configured any more, too. */
const services = ["realty", "orders", "travel", "gone"];

interface PartRow {
  readonly service: string;
  readonly state: string;
  readonly isOld: boolean;
  readonly outcome: string | null;
  readonly isRetainedFor: "ever" | "long" | "past" | null;
}

/** A deletion of one category. */
interface History {
  readonly category: string;
  readonly isJoined: boolean;
  readonly isDone: boolean;
  readonly parts: readonly PartRow[];
}

interface User {
  readonly subject: string;
  readonly histories: readonly History[];
  /** Of a category whose last deletion is open still: which part is. */
  readonly openAt: number | null;
  readonly own: readonly { category: string; service: string; isOld: boolean }[];
}

const anyPart = (name: string): fc.Arbitrary<PartRow> =>
  fc.record({
    service: fc.constant(name),
    state: fc.constantFrom(
      "deleted",
      "deleted",
      "deleted",
      "delete_failed",
      "cancelled",
      "resolved",
    ),
    isOld: fc.constantFrom(false, false, true),
    outcome: fc.constantFrom("erased", "erased", "nothing_found", "anonymized", "retained", null),
    isRetainedFor: fc.constantFrom(null, null, null, "ever", "long", "past"),
  });
/** Now and then all services are done alike, as it is in life. */
const plainPart = (isOld: boolean) => (name: string) =>
  ({ service: name, state: "deleted", isOld, outcome: "erased", isRetainedFor: null }) as const;
const someServices = fc.oneof(
  fc.constant(["realty", "orders", "travel"]),
  fc.constant(["realty"]),
  fc.constant(["travel"]),
  fc.subarray(services, { minLength: 1 }),
);
const anyHistory: fc.Arbitrary<History> = fc.record({
  category: fc.constantFrom(...categories),
  isJoined: fc.constantFrom(false, false, false, true),
  isDone: fc.boolean(),
  parts: fc.oneof(
    someServices.chain((names) => fc.tuple(...names.map(anyPart))),
    fc.tuple(someServices, fc.boolean()).map(([names, isOld]) => names.map(plainPart(isOld))),
  ),
});
const anyUser: fc.Arbitrary<Omit<User, "subject">> = fc.record({
  histories: fc.array(anyHistory, { maxLength: 4 }),
  openAt: fc.option(fc.nat(3), { nil: null }),
  own: fc.array(
    fc.record({
      category: fc.constantFrom(...categories),
      service: fc.constantFrom(...services),
      isOld: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
});

/** Stores a user's deletions, each after the one before; at most the last of a category is open. */
async function put({ subject, histories, openAt, own }: User): Promise<void> {
  const at = (isOld: boolean) =>
    observer`clock_timestamp() - ${isOld ? 2 * hourMs : 60_000} * interval '1 ms'`;
  for (const [number, history] of histories.entries()) {
    const isLast = !histories.slice(number + 1).some((one) => one.category === history.category);
    const isOpen = openAt !== null && isLast;
    const [deletion] = await observer<{ id: string; seq: string }[]>`
      insert into deletions (id, subject, origin, accepted_at, closed_at)
      values (gen_random_uuid(), ${subject}, 'portal', clock_timestamp(), ${isOpen ? null : observer`clock_timestamp()`})
      returning id, seq`;
    const { id = "", seq = "" } = deletion ?? {};
    await observer`
      insert into deletion_categories (deletion_id, category_id, subject, is_joined, closed_at, deleted_at)
      values (${id}, ${history.category}, ${subject}, ${history.isJoined},
              ${isOpen ? null : observer`clock_timestamp()`}, ${!isOpen && history.isDone ? observer`clock_timestamp()` : null})`;
    for (const [n, part] of history.parts.entries()) {
      const isPartOpen = isOpen && n === (openAt ?? 0) % history.parts.length;
      const until = { ever: null, long: hourMs, past: -hourMs, none: null }[
        part.isRetainedFor ?? "none"
      ];
      await observer`
        insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at, outcome, retained_until, reason)
        values (${id}, ${history.category}, ${part.service}, ${subject}, ${seq}, ${isPartOpen ? "accepted" : part.state},
                clock_timestamp(), ${isPartOpen ? null : at(part.isOld)}, ${isPartOpen ? null : part.outcome},
                clock_timestamp() + ${until}::float8 * interval '1 ms', 'law')`;
    }
  }
  for (const { category, service, isOld } of own) {
    await observer`
      insert into own_states values (${subject}, ${category}, ${service}, ${at(isOld)}) on conflict do nothing`;
  }
}

/** What a portal would see, whoever of the services answers empty or does not. */
function show(view: LedgerView, trustForMs: number) {
  const questions = planQuestions(registry, view, trustForMs);
  const answers = new Map(
    [...questions].map(([name, ids], at) => [
      name,
      at % 2 === 0
        ? new Map(ids.map((id) => [id, { state: "empty", denied: null } as const]))
        : null,
    ]),
  );
  return { questions, status: mergeStatus(registry, view, answers, trustForMs) };
}

describe("a ledger that is summed up", () => {
  test("says the same of every user as one that is read service by service", async () => {
    const check = async (drawn: readonly Omit<User, "subject">[], trustForMs: number) => {
      const users = drawn.map((user) => ({ ...user, subject: randomUUID() }));
      await Promise.all(users.map(put));
      const inputs = users.map(({ subject }) => ({
        subjects: [subject] as [string],
        categoryIds: categories,
      }));
      const detailed = await readDetails(store, registry, inputs, 2_500);
      const readLedger = createReadLedger(store, registry, trustForMs);
      const summed = await Promise.all(inputs.map(({ subjects }) => readLedger(subjects)));
      expect(summed.map((view) => show(view, trustForMs))).toEqual(
        detailed.map((view) => show(view, trustForMs)),
      );
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyUser, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(hourMs, hourMs, Number.POSITIVE_INFINITY, 1),
        check,
      ),
      { numRuns: 60 },
    );
  });

  test("a user is found under every hash that is live, and the newest deletion counts, but for one that is open", async () => {
    const [current, old] = [randomUUID(), randomUUID()];
    const done: History = {
      ...{ category: "3", isJoined: false, isDone: true },
      parts: [plainPart(false)("travel")],
    };
    const failed: History = {
      ...done,
      parts: [{ ...plainPart(false)("travel"), state: "delete_failed" }],
    };
    await put({ subject: current, histories: [done], openAt: null, own: [] });
    await put({ subject: old, histories: [failed], openAt: null, own: [] });
    const readLedger = createReadLedger(store, registry, hourMs);
    const statesOf = async (subjects: [string, ...string[]]) =>
      show(await readLedger(subjects), hourMs).status.categories.map(({ state }) => state);
    expect((await statesOf([current]))[2]).toBe("empty");
    expect((await statesOf([current, old]))[2]).toBe("ready_to_delete");
    expect((await statesOf([old, current]))[2]).toBe("ready_to_delete");
    await put({ subject: current, histories: [failed], openAt: 0, own: [] });
    expect((await statesOf([current, old]))[2]).toBe("delete_in_progress");
    await put({ subject: old, histories: [done], openAt: null, own: [] });
    expect((await statesOf([current, old]))[2]).toBe("delete_in_progress");
  });

  test("what a service said of its own accord counts when all deletions are too old to be believed", async () => {
    const done: History = {
      ...{ category: "3", isJoined: false, isDone: true },
      parts: [plainPart(true)("travel")],
    };
    const own = [{ category: "3", service: "travel", isOld: false }];
    const subject = randomUUID();
    await put({ subject, histories: [done], openAt: null, own });
    const view = await createReadLedger(store, registry, hourMs)([subject]);
    const { questions, status } = show(view, hourMs);
    expect(questions.get("travel")).toEqual(["1"]);
    expect(status.categories[2]?.state).toBe("empty");
  });

  test("a service that does not hold the category any more has no say in it", async () => {
    const parts: PartRow[] = [
      { ...plainPart(false)("realty"), state: "cancelled" },
      { ...plainPart(false)("gone"), outcome: "retained" },
    ];
    const done: History = { category: "2", isJoined: false, isDone: true, parts };
    const subject = randomUUID();
    await put({ subject, histories: [done], openAt: null, own: [] });
    const { questions } = show(await createReadLedger(store, registry, hourMs)([subject]), hourMs);
    expect(questions.get("realty")).toContain("2");
  });

  test("a category that no service holds any more is still being deleted where it was", async () => {
    const bare = createRegistry({ categories: [{ id: "1", slug: "bare" }], services: [] });
    const done: History = {
      ...{ category: "1", isJoined: false, isDone: true },
      parts: [plainPart(false)("gone")],
    };
    const statesOf = async (openAt: number | null) => {
      const subject = randomUUID();
      await put({ subject, histories: [done], openAt, own: [] });
      const view = await createReadLedger(store, bare, hourMs)([subject]);
      return mergeStatus(bare, view, new Map(), hourMs).categories.map(({ state }) => state);
    };
    expect(await statesOf(0)).toEqual(["delete_in_progress"]);
    expect(await statesOf(null)).toEqual(["empty"]);
  });

  test("is one row for each user and category, unless something is to be said of a service", async () => {
    const parts = ["realty", "orders", "travel"].map(plainPart(false));
    const done: History = { category: "1", isJoined: false, isDone: true, parts };
    const [first, ...rest] = parts;
    const failed = { ...done, parts: [{ ...first, state: "delete_failed" } as PartRow, ...rest] };
    const off = { ...done, parts: parts.map((part) => ({ ...part, state: "cancelled" })) };
    const users = [
      { histories: [], openAt: null },
      { histories: [done], openAt: null },
      { histories: [done], openAt: 0 },
      {
        histories: [{ ...done, parts: parts.map((part) => ({ ...part, isOld: true })) }],
        openAt: null,
      },
      { histories: [{ ...done, isJoined: true }], openAt: null },
      { histories: [failed], openAt: null },
      { histories: [failed, done], openAt: null },
      { histories: [failed, off], openAt: null },
    ].map((user) => ({ subject: randomUUID(), own: [], ...user }));
    for (const user of users) await put(user);
    const summaries = await readSummaries(store, registry, {
      subjects: users.map(({ subject }) => subject),
      trustForMs: hourMs,
      withinMs: 2_500,
    });
    expect(summaries.map(([ofFirst]) => [ofFirst?.verdict, ofFirst?.isOpen])).toEqual([
      ["mute", false],
      ["empty", false],
      ["mute", true],
      ["mute", false],
      ["mute", false],
      ["mixed", false],
      ["empty", false],
      ["mixed", false],
    ]);
  });
});
