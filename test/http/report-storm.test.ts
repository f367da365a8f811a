import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  isOpen,
  nextPartState,
  type PartEvent,
  type PartState,
  partEvents,
} from "../../src/domain/part.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

const categories = Array.from({ length: 12 }, (_, at) => String(at + 1));
const uid = "4001";
const attempts = 12;

let alpha: FakeService;
let beta: FakeService;
let hub: TestHub;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  beta = await startFakeService("beta");
  hub = await createTestHub({
    categories,
    services: [
      [alpha, { attempts }],
      [beta, { categories: ["1"] }],
    ],
    overrides: { random: () => 0 },
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await alpha[Symbol.asyncDispose]();
  await beta[Symbol.asyncDispose]();
});

interface PartRow {
  readonly state: PartState;
  readonly attempt: number;
  readonly failures: number;
}

interface Sent {
  readonly by: FakeService;
  readonly body: {
    readonly category_id: string;
    readonly service: string;
    readonly state: "deleted" | "delete_failed";
    readonly deletion_id?: string;
    readonly attempt?: number;
    readonly retriable?: boolean;
    readonly completed_at?: string;
  };
}

/** A generator that gives the same for the same seed, so that a failure can be seen again. */
function createRandom(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    is: (share: number) => next() < share,
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
  };
}

type Random = ReturnType<typeof createRandom>;

/** A report as a service, a confused one or an impostor might send it. */
function makeReport(random: Random, ids: { newest: string; older: string }): Sent {
  const ofDeletion = random.pick([ids.newest, ids.newest, ids.older, randomUUID(), "nonsense", ""]);
  const at = Date.now() + random.pick([-3_600_000, 0, 3_600_000]);
  const by = random.is(0.85) ? alpha : beta;
  return {
    by,
    body: {
      category_id: random.pick(categories),
      service: random.is(0.9) ? by.name : random.pick(["alpha", "beta"]),
      state: random.is(0.06) ? "deleted" : "delete_failed",
      ...(ofDeletion !== "" && { deletion_id: ofDeletion }),
      ...(random.is(0.6) && { attempt: random.pick([0, 1, 2, 3, 5, 8, 13, 99]) }),
      ...(random.is(0.2) && { retriable: random.is(0.8) }),
      ...(random.is(0.2) && { completed_at: new Date(at).toISOString() }),
    },
  };
}

/** What contract 6 says of one report, in its own words. */
function expectOf(
  { by, body }: Sent,
  part: PartRow,
  newest: { readonly id: string; readonly acceptedAt: number },
): { status: number; state: PartState } {
  const stays = { state: part.state };
  if (body.service !== by.name) return { ...stays, status: 403 };
  const fenced = body.deletion_id !== undefined;
  const hasPart = by === alpha || body.category_id === "1";
  if (fenced && (!hasPart || body.deletion_id !== newest.id)) return { ...stays, status: 409 };
  const isLate = !fenced && Date.parse(body.completed_at ?? "9999-01-01") < newest.acceptedAt;
  if (by !== alpha || isLate || part.attempt === 0) return { ...stays, status: 200 };
  if (body.state === "deleted") return { status: 200, state: "deleted" };
  const isUnderWay = part.state === "calling" || part.state === "accepted";
  const isOlder = body.attempt !== undefined && body.attempt < part.attempt;
  if (!isUnderWay || isOlder) return { ...stays, status: 200 };
  const isEnd = body.retriable === false || part.failures + 1 >= attempts;
  return { status: 200, state: isEnd ? "delete_failed" : "due" };
}

async function accept(requestId: string): Promise<{ id: string; acceptedAt: number }> {
  expect((await hub.remove(uid, requestId, categories)).status).toBe(200);
  const [row] = await hub.sql<{ id: string; at: number }[]>`
    select id, (extract(epoch from accepted_at) * 1000)::float8 as at from deletions
     order by seq desc limit 1`;
  return { id: row?.id ?? "", acceptedAt: row?.at ?? 0 };
}

async function readParts(deletionId: string): Promise<Record<string, PartRow>> {
  const rows = await hub.sql<(PartRow & { category_id: string })[]>`
    select category_id, state, attempt, failures from parts
     where deletion_id = ${deletionId} and service = 'alpha'`;
  return Object.fromEntries(rows.map(({ category_id, ...part }) => [category_id, part]));
}

const statesOf = (parts: Record<string, PartRow>) =>
  Object.fromEntries(Object.entries(parts).map(([id, { state }]) => [id, state]));

test("after each of 1,000 forged, repeated and reordered reports the parts are as the table says", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = createRandom(seed);
  const older = await accept("older");
  await hub.drain();
  for (const category_id of categories) {
    const body = { yandex_uid: uid, category_id, state: "deleted" };
    expect((await hub.report(alpha, body)).status).toBe(200);
  }
  await hub.report(beta, { yandex_uid: uid, category_id: "1", state: "deleted" });
  const newest = await accept("newest");
  const sent: Sent[] = [];
  let parts = await readParts(newest.id);
  for (let n = 0; n < 1_000; n++) {
    if (n % 10 === 9) {
      const done = new Set(categories.filter((id) => parts[id]?.state === "deleted"));
      const before = alpha.deletes().length;
      await hub.drain();
      const called = alpha.deletes().slice(before);
      const again = called.flatMap(({ body }) =>
        body.categories.filter((id: string) => done.has(id)),
      );
      expect({ seed, n, again }).toEqual({ seed, n, again: [] });
      parts = await readParts(newest.id);
    }
    const repeat = sent.length > 0 && random.is(0.3);
    const one = repeat
      ? random.pick(sent)
      : makeReport(random, { newest: newest.id, older: older.id });
    sent.push(one);
    const id = one.body.category_id;
    const expected = expectOf(one, parts[id] as PartRow, newest);
    const response = await hub.report(one.by, { yandex_uid: uid, ...one.body });
    const after = await readParts(newest.id);
    const told = { seed, n, report: one.body, by: one.by.name, part: parts[id] };
    expect({ ...told, status: response.status, states: statesOf(after) }).toEqual({
      ...told,
      status: expected.status,
      states: { ...statesOf(parts), [id]: expected.state },
    });
    parts = after;
  }
  expect(sent.some(({ body }) => body.state === "deleted")).toBe(true);
  await checkEvents(newest.id, parts);
});

/** The events of each part are a walk through the table of transitions that ends where the part is. */
async function checkEvents(deletionId: string, parts: Record<string, PartRow>): Promise<void> {
  const events = await hub.sql<
    { category_id: string; event: string; from_state: PartState | null; to_state: PartState }[]
  >`select category_id, event, from_state, to_state from events
     where deletion_id = ${deletionId} and service = 'alpha' order by seq`;
  const walked: Record<string, PartState> = {};
  for (const { category_id, event, from_state, to_state } of events) {
    expect(from_state).toBe(walked[category_id] ?? null);
    if (from_state !== null) {
      expect(Object.keys(partEvents)).toContain(event);
      expect(nextPartState(from_state, event as PartEvent)).toBe(to_state);
    }
    walked[category_id] = to_state;
  }
  expect(walked).toEqual(statesOf(parts));
  const states = Object.values(walked);
  expect(states.some((state) => !isOpen(state))).toBe(true);
}
