import type { Stock } from "../fill/stock.ts";
import type { Ground } from "../ground.ts";
import { type RawRequest, rawRequest } from "../load/requests.ts";
import type { Contender } from "../operation.ts";
import { storedUid } from "../people.ts";
import { closedLoop } from "./closed-loop.ts";
import { ask } from "./spot-check.ts";

export interface StatusLoop {
  readonly name: string;
  readonly url: string;
  readonly stock: Stock;
  /** Each request bears a user ticket that was never seen, or one of a few that were. */
  readonly tickets: "new" | "known";
}

const path = "/1/takeout/status/";
const knownTickets = 1_000;
const spotChecks = 20;

/** Statuses of users whose deletions are done: all from the ledger, nobody is asked. */
export function statusLoop(ground: Ground, loop: StatusLoop): Contender {
  const { portal } = ground.people;
  const { name, url, stock, tickets } = loop;
  const known: RawRequest[] = [];
  const serviceTicket = portal.serviceTicket();
  const someUser = () => storedUid(Math.floor(Math.random() * stock.users));
  const newRequest = () =>
    rawRequest({ path, serviceTicket, userTicket: portal.userTicket(someUser()) });
  return closedLoop({
    ...{ ground, name, url, guess: 12_000, mayRepeat: tickets === "known" },
    async prepare(count) {
      if (tickets === "new") {
        return { requests: Array.from({ length: count }, newRequest), check };
      }
      while (known.length < knownTickets) known.push(newRequest());
      return { requests: known, check };
    },
  });

  async function check(): Promise<string[]> {
    const users = Array.from({ length: spotChecks }, someUser);
    const answers = await Promise.all(
      users.map((user) =>
        ask({ url: url + path, serviceTicket, userTicket: portal.userTicket(user) }),
      ),
    );
    const wrong = answers.find(({ status, body }) => status !== 200 || !isEmpty(body));
    return wrong ? [`answered ${wrong.status} ${JSON.stringify(wrong.body)}`] : [];
  }
}

function isEmpty(body: unknown): boolean {
  const { status, data } = (body ?? {}) as {
    status?: string;
    data?: { id: string; state: string; update_date?: string }[];
  };
  const [category, ...others] = data ?? [];
  const isDone =
    category?.state === "empty" && !Number.isNaN(Date.parse(category.update_date ?? ""));
  return status === "ok" && isDone && others.length === 0;
}
