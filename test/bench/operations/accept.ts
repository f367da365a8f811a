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

const spotChecks = 20;
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

  /** So many requests make so many rows exactly, and the same ones again make none. */
  async function checkRepeat(): Promise<string[]> {
    const questions = Array.from({ length: spotChecks }, () => {
      const uid = newUid();
      const userTicket = portal.userTicket(uid);
      const path = `${url}${deletePath(`twice-${uid}`)}`;
      return { url: path, method: "POST", body, serviceTicket, userTicket } as const;
    });
    const before = await settle();
    const first = await Promise.all(questions.map(ask));
    const between = await count();
    const second = await Promise.all(questions.map(ask));
    const end = await count();
    const wrong = [...first, ...second].find(
      ({ status, body }) => status !== 200 || JSON.stringify(body) !== '{"status":"ok"}',
    );
    if (wrong) return [`answered ${wrong.status} ${JSON.stringify(wrong.body)}`];
    const made = between.parts - before.parts;
    const isAll =
      made === spotChecks * services && between.jobs - before.jobs === spotChecks * jobsEach;
    const isAgain = JSON.stringify(end) !== JSON.stringify(between);
    return [
      ...(isAll ? [] : [`${spotChecks} deletions made ${made} parts`]),
      ...(isAgain ? ["a repeat started something"] : []),
    ];
  }
}
