import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { Dice } from "../../support/random.ts";
import type { CallEntry, Log, ReportEntry, RowEntry } from "../logs.ts";
import { createDoor } from "./door.ts";
import { chooseDeed, type Mood } from "./moods.ts";
import { createReports, type Report } from "./reports.ts";
import { createRows } from "./rows.ts";
import type { HubSetup, StubSetup } from "./setup.ts";

export interface StubCounts {
  readonly calls: number;
  /** Calls whose ticket was not the hub's. */
  readonly refused: number;
  readonly reportsPending: number;
  /** Reports by the status that ended them; 0: given up. */
  readonly reports: Readonly<Record<number, number>>;
}

/** A connected service that obeys the contract in its mood's way, and writes down what happens to it. */
export interface StubService {
  readonly url: string;
  setMood(mood: Mood): void;
  counts(): StubCounts;
  writeUnanswered(): void;
}

interface StubOptions {
  readonly service: StubSetup;
  readonly hub: HubSetup;
  readonly dice: Dice;
  readonly calls: Log<CallEntry>;
  readonly rows: Log<RowEntry>;
  readonly reports: Log<ReportEntry>;
}

/** A body of contract section 7 as it came. */
interface Order {
  readonly yandex_uids: readonly { readonly uid: string }[];
  readonly categories: readonly string[];
  readonly deletion_id?: string;
  readonly report_uid?: string;
  readonly attempt?: number;
  readonly to?: string;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export async function startStub(options: StubOptions): Promise<StubService> {
  const { service, hub, dice, calls } = options;
  const rows = createRows(service.name, options.rows);
  const reports = createReports(service, hub, options.reports);
  const isHub = createDoor(service.name, hub);
  const underWay = new Set<() => void>();
  /** What this service believes of a user's category. */
  const states = new Map<string, "delete_in_progress" | "empty">();
  const ended: Record<number, number> = {};
  let [mood, count, refused]: [Mood, number, number] = ["well", 0, 0];

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAt = Date.now();
    const order = JSON.parse(await text(request)) as Order;
    count += 1;
    if (!(await isHub(request.headers["x-ya-service-ticket"]))) {
      refused += 1;
      response.writeHead(401).end();
      return;
    }
    const isDelete = request.url === "/v1/takeout/delete/";
    const requestId = String(request.headers["x-request-id"]);
    const write = logOnce(order, { kind: isDelete ? "delete" : "status", arrivedAt, requestId });
    response.on("close", () => write(null));
    const answer = isDelete ? await takeDelete(order) : await takeStatus(order);
    if (answer === "never") return;
    write(answer === "hang_up" ? null : answer);
    if (answer === "hang_up") response.destroy();
    else send(response, answer);
  }

  function logOnce(order: Order, call: Pick<CallEntry, "kind" | "arrivedAt" | "requestId">) {
    const write = (answer: Answer | null) => {
      if (!underWay.delete(write as () => void)) return;
      calls.write({
        service: service.name,
        ...call,
        uid: uidOf(order),
        categories: order.categories,
        deletionId: order.deletion_id ?? null,
        attempt: order.attempt ?? null,
        to: order.to ?? null,
        answeredAt: answer && Date.now(),
        status: answer?.status ?? null,
        body: answer?.body ?? null,
      });
    };
    underWay.add(write as () => void);
    return write;
  }

  async function takeDelete(order: Order): Promise<Answer | "never" | "hang_up"> {
    const deed = chooseDeed(mood, order.attempt ?? 1, dice);
    for (const call of rowsCalls(order)) {
      if (rows.live(call)) states.delete(`${call.uid} ${call.categoryId}`);
    }
    if (deed.afterMs > 0) await pause(deed.afterMs);
    if (deed.kind === "never") return "never";
    if (deed.kind === "fail") return { status: 500 };
    if (deed.kind === "report_failure") {
      void report(order, "delete_failed");
      return { status: 202 };
    }
    for (const call of rowsCalls(order)) {
      rows.delete(call);
      states.set(`${call.uid} ${call.categoryId}`, "empty");
    }
    switch (deed.kind) {
      case "hang_up":
        return "hang_up";
      case "forget":
        return { status: 202 };
      case "fail_late":
        void report(order, "deleted");
        return { status: 500 };
      case "report_first":
        await Promise.race([report(order, "deleted"), pause(500)]);
        return { status: 202 };
      case "report_twice":
        void report(order, "deleted");
        void report(order, "deleted");
        return { status: 202 };
      default:
        if (service.completion === "report") void report(order, "deleted");
        return { status: 200 };
    }
  }

  async function takeStatus({ categories, ...order }: Order): Promise<Answer | "never"> {
    if (mood === "black_hole") return "never";
    if (mood === "failing") return { status: 500 };
    const uid = uidOf({ ...order, categories });
    const answers = categories.map((id) => ({
      id,
      data_state: states.get(`${uid} ${id}`) ?? "ready_to_delete",
    }));
    return { status: 200, body: { categories: answers } };
  }

  function report(order: Order, state: "deleted" | "delete_failed"): Promise<unknown> {
    const { report_uid: yandex_uid, deletion_id, attempt, to } = order;
    const sent = order.categories.map(async (category_id) => {
      const completed_at = new Date().toISOString();
      const body: Report = {
        yandex_uid,
        category_id,
        state,
        deletion_id,
        attempt,
        to,
        completed_at,
      };
      const status = await reports.send(body);
      ended[status] = (ended[status] ?? 0) + 1;
    });
    return Promise.all(sent);
  }

  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setMood: (next) => {
      mood = next;
    },
    counts: () => ({ calls: count, refused, reportsPending: reports.pending(), reports: ended }),
    writeUnanswered: () => {
      for (const write of underWay) write();
    },
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const payload = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json" }).end(payload);
}

function uidOf(order: Order): string {
  return order.yandex_uids[0]?.uid ?? "";
}

function rowsCalls(order: Order) {
  const common = {
    uid: uidOf(order),
    deletionId: order.deletion_id ?? "",
    to: Date.parse(order.to ?? ""),
  };
  return order.categories.map((categoryId) => ({ ...common, categoryId }));
}
