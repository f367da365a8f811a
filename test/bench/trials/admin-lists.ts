import type postgres from "postgres";
import { fillExports, type KnownExport } from "../fill/exports.ts";
import { categoryId, openHub } from "../fill/hub.ts";
import type { Ground } from "../ground.ts";
import { ask } from "../operations/spot-check.ts";
import { newUid } from "../people.ts";
import { percentile } from "../statistics.ts";
import { takeSeat } from "../systems/seat.ts";
import type { Figure, Trial, TrialPace, Tried } from "../trial.ts";

const services = 10;
const openDeletions = 2_000;
const goalMs = 100;

/** What operators read, by one of them at a time, with as many deletions and as many exports as others have parts. */
export const adminLists: Trial = {
  name: "admin-lists",
  title: "lists of operators",
  run,
};

/** What a list is called, and the path that asks for it. */
type List = readonly [name: string, path: string];

async function run(ground: Ground, { isQuick, say }: TrialPace): Promise<Tried> {
  await using stack = new AsyncDisposableStack();
  const stock = { users: ground.parts, services };
  const seat = await takeSeat(ground, stack, { kind: "hub", stock, works: false });
  await openHub(seat.sql, Math.min(openDeletions, stock.users), services);
  const known = await fillExports(seat.sql, ground.parts, services);
  const { url } = seat.system;
  const lists = [...(await listsOfDeletions(ground, url, seat.sql)), ...listsOfExports(known)];
  const figures: Figure[] = [];
  const wrong: string[] = [];
  for (const [name, path] of await withNextPages(ground, url, lists)) {
    const took = await time(ground, `${url}/admin/v1${path}`, isQuick ? 20 : 200);
    if (typeof took === "string") wrong.push(`${name} answered ${took}`);
    else figures.push(...figuresOf(name, took));
    say(
      `admin-lists: ${figures
        .slice(-2)
        .map(({ name, value }) => `${name} ${value.toFixed(1)} ms`)
        .join(", ")}`,
    );
  }
  return { figures, wrong };
}

/** @returns how long each answer took, in ms; or what was answered instead. */
async function time(ground: Ground, url: string, times: number): Promise<number[] | string> {
  const took: number[] = [];
  for (let at = 0; at <= times; at += 1) {
    const beganAt = performance.now();
    const { status, body } = await ask({ url, ...operatorTickets(ground) });
    took.push(performance.now() - beganAt);
    if (status !== 200) return `${status} ${JSON.stringify(body)}`;
  }
  return took.slice(1); // the first one has its statements prepared
}

function figuresOf(name: string, took: readonly number[]): Figure[] {
  const of = { unit: "ms", of: took.length };
  return [
    { ...of, name: `${name}, median`, value: percentile(took, 0.5) },
    { ...of, name: `${name}, p99`, value: percentile(took, 0.99), atMost: goalMs },
  ];
}

/** The second page of the lists that have one is asked for too: by its cursor. */
async function withNextPages(ground: Ground, url: string, lists: readonly List[]): Promise<List[]> {
  const all: List[] = [];
  for (const [name, path] of lists) {
    all.push([name, path]);
    const isPlain = name === "deletions" || name === "exports";
    if (!isPlain) continue;
    const { body } = await ask({ url: `${url}/admin/v1${path}`, ...operatorTickets(ground) });
    const { next_cursor: cursor } = body as { next_cursor: string };
    all.push([`${name}, next page`, `${path}cursor=${cursor}`]);
  }
  return all;
}

let tickets: { serviceTicket: string; userTicket: string } | null = null;

function operatorTickets({ people }: Ground) {
  tickets ??= {
    serviceTicket: people.desk.serviceTicket(),
    userTicket: people.desk.userTicket("alice"),
  };
  return tickets;
}

async function listsOfDeletions(ground: Ground, url: string, sql: postgres.Sql): Promise<List[]> {
  const uid = newUid();
  const { portal } = ground.people;
  await ask({
    ...{ url: `${url}/1/takeout/delete/?request_id=of-${uid}`, method: "POST" },
    ...{ serviceTicket: portal.serviceTicket(), userTicket: portal.userTicket(uid) },
    body: JSON.stringify({ id: [categoryId] }),
  });
  const [some] = await sql<{ id: string }[]>`
    select id from deletions where closed_at is not null order by id limit 1`;
  const deletions = (query: string) => listOf("deletions", query);
  return [
    deletions(""),
    deletions("limit=200"),
    ...["done", "open", "failed", "cancelled"].map((state) => deletions(`state=${state}`)),
    ...[
      deletions("service=service-3"),
      deletions("service=nobody"),
      deletions("service=service-3&state=failed"),
    ],
    ...[
      deletions(`category=${categoryId}`),
      deletions("older_than=10m"),
      deletions("older_than=90d"),
    ],
    deletions("state=open&service=service-3&older_than=1h"),
    ["deletions, uid", `/deletions?uid=${uid}`],
    ["deletions, request_id", `/deletions?request_id=of-${uid}`],
    ["one deletion", `/deletions/${some?.id}`],
    ...[listOf("stuck", ""), listOf("stuck", "older_than=1s")],
    ["services", "/services"],
  ];
}

const exportStates = ["queued", "running", "ready", "partial", "no_data", "failed", "expired"];

function listsOfExports({ uid, requestId }: KnownExport): List[] {
  return [
    ...["", "limit=200"].map((query) => listOf("exports", query)),
    ...exportStates.map((state) => listOf("exports", `state=${state}`)),
    ...["service=service-3", "service=nobody", "older_than=10m", "older_than=90d"].map((query) =>
      listOf("exports", query),
    ),
    listOf("exports", "state=failed&service=service-3&older_than=1h"),
    ["exports, uid", `/exports?uid=${uid}`],
    ["exports, request_id", `/exports?request_id=${requestId}`],
    ["holds", "/holds"],
  ];
}

function listOf(list: string, query: string): List {
  return [`${list}${query && `, ${query}`}`, `/${list}?${query}`];
}
