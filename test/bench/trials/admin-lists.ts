import type postgres from "postgres";
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

/** What operators read, by one of them at a time, in a ledger with as many deletions as others have parts. */
export const adminLists: Trial = {
  name: "admin-lists",
  title: "lists of operators",
  run,
};

async function run(ground: Ground, { isQuick, say }: TrialPace): Promise<Tried> {
  await using stack = new AsyncDisposableStack();
  const stock = { users: ground.parts, services };
  const seat = await takeSeat(ground, stack, { kind: "hub", stock, works: false });
  await openHub(seat.sql, Math.min(openDeletions, stock.users), services);
  await seat.sql`vacuum (analyze)`;
  const { url } = seat.system;
  const lists = await listsOf(ground, url, seat.sql);
  const times = isQuick ? 20 : 200;
  const figures: Figure[] = [];
  const wrong: string[] = [];
  for (const [name, path] of lists) {
    const took: number[] = [];
    for (let time = 0; time <= times; time += 1) {
      const question = { url: `${url}/admin/v1${path}`, ...operatorTickets(ground) };
      const beganAt = performance.now();
      const { status, body } = await ask(question);
      took.push(performance.now() - beganAt);
      if (status !== 200) wrong.push(`${name} answered ${status} ${JSON.stringify(body)}`);
      if (status !== 200) break;
    }
    const warm = took.slice(1); // the first one has its statements prepared
    const of = { unit: "ms", of: warm.length };
    const [median, p99] = [percentile(warm, 0.5), percentile(warm, 0.99)];
    figures.push({ ...of, name: `${name}, median`, value: median });
    figures.push({ ...of, name: `${name}, p99`, value: p99, atMost: goalMs });
    say(`admin-lists: ${name} ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
  }
  return { figures, wrong };
}

let tickets: { serviceTicket: string; userTicket: string } | null = null;

function operatorTickets({ people }: Ground) {
  tickets ??= {
    serviceTicket: people.desk.serviceTicket(),
    userTicket: people.desk.userTicket("alice"),
  };
  return tickets;
}

async function listsOf(
  ground: Ground,
  url: string,
  sql: postgres.Sql,
): Promise<[name: string, path: string][]> {
  const uid = newUid();
  const { portal } = ground.people;
  await ask({
    ...{ url: `${url}/1/takeout/delete/?request_id=of-${uid}`, method: "POST" },
    ...{ serviceTicket: portal.serviceTicket(), userTicket: portal.userTicket(uid) },
    body: JSON.stringify({ id: [categoryId] }),
  });
  const [some] = await sql<{ id: string }[]>`
    select id from deletions where closed_at is not null order by id limit 1`;
  const deletions = (query: string): [string, string] => [
    `deletions${query && `, ${query}`}`,
    `/deletions?${query}`,
  ];
  return [
    deletions(""),
    deletions("limit=200"),
    ...["done", "open", "failed", "cancelled"].map((state) => deletions(`state=${state}`)),
    ...[deletions("service=service-3"), deletions("service=service-3&state=failed")],
    ...[
      deletions(`category=${categoryId}`),
      deletions("older_than=10m"),
      deletions("older_than=90d"),
    ],
    deletions("state=open&service=service-3&older_than=1h"),
    ["deletions, uid", `/deletions?uid=${uid}`],
    ["deletions, request_id", `/deletions?request_id=of-${uid}`],
    ["one deletion", `/deletions/${some?.id}`],
    ...[
      ["stuck", "/stuck"] as [string, string],
      ["stuck, older_than=1s", "/stuck?older_than=1s"] as [string, string],
    ],
    ["services", "/services"],
  ];
}
