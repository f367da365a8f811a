import { setTimeout as pause } from "node:timers/promises";
import type postgres from "postgres";
import { categoryId } from "../fill/hub.ts";
import type { Ground } from "../ground.ts";
import { type RawRequest, rawRequest } from "../load/requests.ts";
import type { Contender } from "../operation.ts";
import { newUid } from "../people.ts";
import { closedLoop, compareRows } from "./closed-loop.ts";
import { ask } from "./spot-check.ts";

export interface AcceptLoop {
  readonly name: string;
  readonly url: string;
  readonly services: number;
  readonly sql: postgres.Sql;
  /** The table of the queue, and how many of its rows a deletion makes. */
  readonly queue: string;
  readonly jobsEach: number;
}

const looksAtMost = 50;
const lookEveryMs = 200;
const body = JSON.stringify({ id: [categoryId] });

function deletePath(requestId: string): string {
  return `/1/takeout/delete/?request_id=${requestId}`;
}

/** A deletion for a user that nobody has seen, with a ticket that nobody has seen. */
export function deleteRequest(ground: Ground, serviceTicket: string): RawRequest {
  const uid = newUid();
  const userTicket = ground.people.portal.userTicket(uid);
  const path = deletePath(`request-${uid}`);
  return rawRequest({ method: "POST", path, serviceTicket, userTicket, body });
}

/** Deletions that are accepted, and that nobody works at. */
export function acceptLoop(ground: Ground, loop: AcceptLoop): Contender {
  const { name, url, sql, queue, services, jobsEach } = loop;
  const { portal } = ground.people;
  const serviceTicket = portal.serviceTicket();
  const count = async () => {
    const [row] = await sql<{ deletions: number; parts: number; jobs: number }[]>`
      select (select count(*) from deletions)::int as deletions, (select count(*) from parts)::int as parts,
             (select count(*) from ${sql(queue)})::int as jobs`;
    return row ?? { deletions: 0, parts: 0, jobs: 0 };
  };
  return closedLoop({
    ...{ ground, name, url, guess: 40_000 / services },
    async prepare(length) {
      const requests = Array.from({ length }, () => deleteRequest(ground, serviceTicket));
      const before = await count();
      const check = async (loaded: Parameters<typeof compareRows>[2]) => {
        const after = await count();
        return [
          ...compareRows("deletions", after.deletions - before.deletions, loaded),
          ...compareRows("parts", after.parts - before.parts, loaded, services),
          ...compareRows("jobs", after.jobs - before.jobs, loaded, jobsEach),
          ...(await checkRepeat()),
        ];
      };
      return { requests, check };
    },
  });

  /** What the load left on its way has arrived when two looks see the same. */
  async function settle() {
    let before = await count();
    for (let looks = 0; looks < looksAtMost; looks += 1) {
      await pause(lookEveryMs);
      const after = await count();
      if (JSON.stringify(after) === JSON.stringify(before)) return after;
      before = after;
    }
    return before;
  }

  /** The same request again starts nothing. */
  async function checkRepeat(): Promise<string[]> {
    const uid = newUid();
    const userTicket = portal.userTicket(uid);
    const again = { url: url + deletePath(`twice-${uid}`), method: "POST", body } as const;
    const first = await ask({ ...again, serviceTicket, userTicket });
    const between = await settle();
    const second = await ask({ ...again, serviceTicket, userTicket });
    const end = await count();
    const wrong = [first, second].find(
      ({ status, body }) => status !== 200 || JSON.stringify(body) !== '{"status":"ok"}',
    );
    if (wrong) return [`answered ${wrong.status} ${JSON.stringify(wrong.body)}`];
    return JSON.stringify(end) === JSON.stringify(between) ? [] : ["a repeat started something"];
  }
}
