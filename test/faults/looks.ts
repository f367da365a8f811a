import { join } from "node:path";
import { type Agent, request } from "undici";
import type { StatusEntry } from "../support/history.ts";
import type { Dice } from "../support/random.ts";
import type { TestClient } from "../support/tickets.ts";
import { logFiles, openLog } from "./logs.ts";

/** Looks at statuses as the portal does, and writes down what it was told. */
export interface Looks extends Disposable {
  look(uid: string): Promise<void>;
}

const answerWithinMs = 15_000;

export function openLooks(options: {
  readonly portal: TestClient;
  readonly urls: readonly string[];
  readonly dice: Dice;
  readonly folder: string;
  readonly agent: Agent;
  readonly serviceTicket: () => Promise<string>;
}): Looks {
  const { portal, urls, dice, agent } = options;
  const log = openLog<StatusEntry>(join(options.folder, logFiles.answers));
  return {
    async look(uid) {
      const url = `${urls[dice.below(urls.length)]}/1/takeout/status/`;
      const headers = {
        "x-ya-service-ticket": await options.serviceTicket(),
        "x-ya-user-ticket": await portal.userTicket(uid),
      };
      const askedAt = Date.now();
      const signal = AbortSignal.timeout(answerWithinMs);
      // One that is not answered tells nothing.
      const answer = await request(url, { dispatcher: agent, headers, signal })
        .then(({ body }) => body.json() as Promise<{ data?: StatusEntry["categories"] }>)
        .catch(() => null);
      const categories = answer?.data?.map(({ id, state }) => ({ id, state }));
      if (categories) log.write({ uid, askedAt, answeredAt: Date.now(), categories });
    },
    [Symbol.dispose]: () => log[Symbol.dispose](),
  };
}
