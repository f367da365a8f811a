import { findWindows } from "../../support/history/breakers.ts";
import { type EventRow, nameOf, type ServiceCall } from "../../support/history/rows.ts";
import type { Seen } from "../seen.ts";
import type { Outage } from "./outage.ts";

/** An outage and what is known of it now that it is over, with what the figures look up in it. */
export interface Run extends Outage {
  readonly seen: Seen;
  readonly windows: ReturnType<typeof findWindows>;
  readonly callsTo: ReadonlyMap<string, readonly ServiceCall[]>;
  readonly eventsOf: ReadonlyMap<string, readonly EventRow[]>;
}

const runs = new WeakMap<Seen, Run>();

export function readRun(seen: Seen, outage: Outage): Run {
  const known = runs.get(seen);
  if (known) return known;
  const { history } = seen;
  const run: Run = {
    ...outage,
    seen,
    windows: findWindows(history),
    callsTo: groupCalls(history.calls),
    eventsOf: Map.groupBy(history.events, nameOf),
  };
  runs.set(seen, run);
  return run;
}

function groupCalls(calls: readonly ServiceCall[]): Map<string, ServiceCall[]> {
  const groups = new Map<string, ServiceCall[]>();
  for (const call of calls) {
    for (const category_id of call.categories) {
      const part = { deletion_id: call.deletionId ?? "", service: call.service, category_id };
      const own = groups.get(nameOf(part));
      if (own) own.push(call);
      else groups.set(nameOf(part), [call]);
    }
  }
  return groups;
}

/** From a deletion's acceptance to the end of each part of a well service, in ms; infinite: never. */
export function completions(run: Run, from: number, to: number): number[] {
  const { parts, deletions } = run.seen.history;
  const within = deletions.filter(({ accepted_at: at }) => at >= from && at < to);
  const accepted = new Map(within.map(({ id, accepted_at }) => [id, accepted_at]));
  return parts.flatMap((part) => {
    const acceptedAt = accepted.get(part.deletion_id);
    if (acceptedAt === undefined || run.broken.includes(part.service)) return [];
    const end = run.eventsOf.get(nameOf(part))?.find(({ to_state }) => to_state === "deleted");
    return [end ? end.at - acceptedAt : Number.POSITIVE_INFINITY];
  });
}

/** The same of the same services of the hub without faults, at the same time. */
export function completionsOfControl({ control, broken }: Run, from: number, to: number): number[] {
  return control.flatMap(({ service, acceptedAt, tookMs }) =>
    acceptedAt >= from && acceptedAt < to && !broken.includes(service) ? [tookMs] : [],
  );
}

/** The value below which the share lies; not a number when there is none. */
function quantile(values: readonly number[], share: number): number {
  const inOrder = values.toSorted((one, other) => one - other);
  return inOrder[Math.min(inOrder.length - 1, Math.floor(share * inOrder.length))] ?? Number.NaN;
}

export const p95 = (values: readonly number[]) => quantile(values, 0.95);

/** How much longer well services took than those of the hub without faults. */
export const ratioToControl = (run: Run, from: number, to: number) =>
  p95(completions(run, from, to)) / p95(completionsOfControl(run, from, to));

/** How soon after an opening every process holds back: they learn of it once a second. */
const knownAfterMs = 1_500;

export function isBehindBreaker(run: Run, service: string, at: number): boolean {
  const windows = run.windows.get(service) ?? [];
  return windows.some(({ from, to }) => at > from + knownAfterMs && at < to);
}

/** For each broken service, what reached it while its breaker was open. */
export function probesOf(run: Run): ServiceCall[][] {
  return run.broken.map((name) =>
    run.seen.history.calls.filter(
      ({ service, arrivedAt, deletionId }) =>
        service === name && deletionId !== null && isBehindBreaker(run, service, arrivedAt),
    ),
  );
}

/** A part that was accepted before the recovery, and was not done by then. */
export interface Waiting {
  readonly hadFailed: boolean;
  /** Its service had accepted it, and was to report. */
  readonly wasAccepted: boolean;
  /** From the recovery to the first call that was answered well, or to its end; in ms. */
  readonly after: number;
}

/** The backlog of each broken service. */
export function backlogsOf(run: Run): Waiting[][] {
  const own = Map.groupBy(run.seen.history.parts, ({ service }) => service);
  return run.broken.map((service) =>
    (own.get(service) ?? []).flatMap((part) => {
      const events = run.eventsOf.get(nameOf(part)) ?? [];
      const before = events.filter(({ at }) => at < run.wellAt);
      const last = before.at(-1);
      if (!last || last.to_state === "deleted") return [];
      const called = run.callsTo
        .get(nameOf(part))
        ?.find(({ arrivedAt, status }) => arrivedAt >= run.wellAt && status && status < 300);
      const ended = events.find(({ to_state }) => to_state === "deleted");
      const wasAccepted = last.to_state === "accepted";
      const at = wasAccepted ? ended?.at : called?.arrivedAt;
      return [
        {
          hadFailed: before.some(({ event }) => event === "attempt_failed"),
          wasAccepted,
          after: (at ?? Number.POSITIVE_INFINITY) - run.wellAt,
        },
      ];
    }),
  );
}
