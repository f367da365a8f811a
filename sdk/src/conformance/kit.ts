import { ticketKinds } from "../../../generated/tickets.ts";
import { CouldNotRun } from "./breach.ts";
import { type Answer, type BodySink, send } from "./calls.ts";
import type { Hooks } from "./hooks.ts";
import type { PlayedHub } from "./hub/played-hub.ts";
import { createRecorded, type Recorded } from "./recorded.ts";
import type { TicketMaker } from "./ticket-maker.ts";
import { newUser, type TestUser } from "./user.ts";

/** The three generic handlers. */
export const handlers = ["status", "delete", "export"] as const;
export type Handler = (typeof handlers)[number];

/** A call and its answer. */
export interface Exchange {
  handler: Handler;
  answer: Answer;
  /** The ticket that it bore. */
  ticket: string;
}

/** How a call differs from an ordinary one. */
export interface CallChange {
  /** `null`: no header at all. */
  ticket?: string | null;
  headers?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  pour?: (sink: BodySink) => void;
}

/** What a check works with: the service as the hub sees it, the hub that is played, and the hooks. */
export interface Kit {
  readonly service: string;
  /** The categories that the service holds; at least one. */
  readonly categories: readonly string[];
  readonly completion: "report" | "answer";
  /** The longest wait, in milliseconds, for what the service has to do by itself. */
  readonly patienceMs: number;
  readonly hub: PlayedHub;
  readonly tickets: TicketMaker;
  readonly hasHook: Readonly<Record<keyof Hooks | "serviceKeys", boolean>>;
  readonly exchanges: Recorded<Exchange>;
  /** Everybody that calls were made for. */
  readonly users: readonly TestUser[];
  user(others?: number): TestUser;
  /** Calls the service as the hub does, with a good ticket where nothing else is said. */
  call(handler: Handler, body: unknown, change?: CallChange): Promise<Answer>;
  /** Makes a row of the user (of one of their accounts) in each of the categories. */
  seed(
    user: TestUser,
    at: Date,
    options?: { categories?: readonly string[]; uid?: string },
  ): Promise<void>;
  /** Ends the service at once and starts it again; resolves when the command has ended. */
  restart(): Promise<void>;
}

/** What a kit is made of. */
export interface KitParts {
  url: string;
  service: string;
  categories: readonly string[];
  completion: "report" | "answer";
  patienceMs: number;
  hub: PlayedHub;
  tickets: TicketMaker;
  hooks: Hooks;
  hasServiceKeys: boolean;
}

// As the hub does by default, but for status: a service that is being watched may be slower.
const timeouts = { status: 5_000, delete: 15_000, export: 30_000 } as const;

export function createKit(parts: KitParts): Kit {
  const { url, hooks, tickets, hub, categories, completion, patienceMs, service } = parts;
  const exchanges = createRecorded<Exchange>();
  const users: TestUser[] = [];

  async function call(handler: Handler, body: unknown, change: CallChange = {}): Promise<Answer> {
    const ticket = change.ticket === undefined ? tickets.good() : change.ticket;
    const answer = await send(`${url}/v1/takeout/${handler}/`, {
      headers: {
        "content-type": "application/json",
        "x-request-id": crypto.randomUUID(),
        ...(ticket === null ? {} : { [ticketKinds.service.header]: ticket }),
        ...change.headers,
      },
      body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      timeoutMs: change.timeoutMs ?? timeouts[handler],
      ...(change.pour && { pour: change.pour }),
    });
    exchanges.add({ handler, answer, ticket: ticket ?? "" });
    return answer;
  }

  async function seed(
    user: TestUser,
    at: Date,
    options: { categories?: readonly string[]; uid?: string } = {},
  ): Promise<void> {
    if (!hooks.seed) throw new CouldNotRun("give --seed CMD");
    const { categories: into = categories, uid = user.uid } = options;
    for (const category of into) await hooks.seed({ uid, category, at });
  }

  async function restart(): Promise<void> {
    if (!hooks.restart) throw new CouldNotRun("give --restart CMD");
    await hooks.restart();
  }

  return {
    service,
    categories,
    completion,
    patienceMs,
    hub,
    tickets,
    exchanges,
    users,
    hasHook: {
      seed: Boolean(hooks.seed),
      restart: Boolean(hooks.restart),
      serviceKeys: parts.hasServiceKeys,
    },
    user: (others) => {
      const user = newUser(others);
      users.push(user);
      return user;
    },
    call,
    seed,
    restart,
  };
}
