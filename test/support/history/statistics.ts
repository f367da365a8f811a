import { countProbes, findCrowd, type Probes } from "./breakers.ts";
import { type IndexedHistory, indexHistory } from "./indexed.ts";
import { findResumes, type Resumes } from "./recovery.ts";
import type { EventRow, History } from "./rows.ts";
import { nameOf } from "./rows.ts";

/** What happened in a run; a run in which nothing did has shown nothing. */
export interface Statistics {
  readonly deletions: number;
  readonly parts: number;
  readonly events: number;
  readonly calls: number;
  readonly requestsOk: number;
  /** Requests whose answer was lost. */
  readonly requestsUnknown: number;
  readonly kills: number;
  readonly stops: number;
  readonly databaseStops: number;
  readonly drains: number;
  /** Deletes that were answered 2xx when their part had a newer attempt already, or was closed. */
  readonly staleAnswers: number;
  /** Deletes that were answered 2xx, and their part was called anew: lost with a worker, or come too late. */
  readonly lostAnswers: number;
  /** Reports that changed nothing, repeats included. */
  readonly staleReports: number;
  /** Calls after the first of their deletion and service. */
  readonly retries: number;
  /** Claims of parts whose call was lost. */
  readonly lostClaims: number;
  readonly reconciled: number;
  readonly excused: number;
  readonly breakersOpened: number;
  readonly breakersClosed: number;
  readonly probes: Probes;
  /** The most delete calls that each service had under way at once, in all processes, as it saw it. */
  readonly callsAtOnce: Readonly<Record<string, number>>;
  readonly rowsDeleted: number;
  readonly resumes: Resumes;
}

export function statistics(given: History): Statistics {
  const history = indexHistory(given);
  const { events, clients, nemesis, deleteCalls } = history;
  const countEvents = (name: string) => events.filter(({ event }) => event === name).length;
  const countFaults = (name: string) => nemesis.filter(({ kind }) => kind === name).length;
  return {
    deletions: history.deletions.length,
    parts: history.parts.length,
    events: events.length,
    calls: history.calls.length,
    requestsOk: clients.filter(({ result }) => result === "ok").length,
    requestsUnknown: clients.filter(({ result }) => result === "unknown").length,
    kills: countFaults("kill"),
    stops: countFaults("stop"),
    databaseStops: countFaults("database_stop"),
    drains: countFaults("drain"),
    ...countAnswers(history),
    staleReports: history.reports.reduce((sum, row) => sum + idleTimes(row), 0),
    retries: deleteCalls.filter(({ attempt }) => attempt > 1).length,
    lostClaims: events.filter((row) => row.event === "claimed" && row.from_state === "calling")
      .length,
    reconciled: countEvents("reconciled"),
    excused: countEvents("attempt_excused"),
    breakersOpened: history.serviceEvents.filter(({ event }) => event === "breaker_opened").length,
    breakersClosed: history.serviceEvents.filter(({ event }) => event === "breaker_closed").length,
    probes: countProbes(history),
    callsAtOnce: findCallsAtOnce(history),
    rowsDeleted: history.rows.filter(({ what }) => what === "deleted").length,
    resumes: findResumes(history),
  };
}

/** Calls that were never answered are left out: nobody knows when they ended. */
function findCallsAtOnce({ deleteCalls }: IndexedHistory): Record<string, number> {
  const services = [...Map.groupBy(deleteCalls, ({ service }) => service)];
  return Object.fromEntries(
    services.map(([service, calls]) => {
      const spans = calls.flatMap(({ arrivedAt, answeredAt }) =>
        answeredAt == null ? [] : [{ from: arrivedAt, to: answeredAt }],
      );
      return [service, findCrowd(spans)];
    }),
  );
}

function idleTimes({ effect, times }: History["reports"][number]): number {
  return effect === "recorded" ? times : times - 1;
}

function countAnswers(history: IndexedHistory) {
  let [staleAnswers, lostAnswers] = [0, 0];
  for (const call of history.deleteCalls) {
    if (call.status !== 200 && call.status !== 202) continue;
    const own = call.categories.map((category_id) => {
      const part = { deletion_id: call.deletionId, service: call.service, category_id };
      return history.eventsOf.get(nameOf(part)) ?? [];
    });
    const answeredAt = call.answeredAt ?? call.arrivedAt;
    if (own.some((events) => wasOvertaken(events, call.attempt, answeredAt))) staleAnswers += 1;
    if (own.some((events) => wasLost(events, call.attempt))) lostAnswers += 1;
  }
  return { staleAnswers, lostAnswers };
}

function wasLost(events: readonly EventRow[], attempt: number): boolean {
  const claim = events.findIndex((row) => row.event === "claimed" && row.attempt === attempt);
  return claim >= 0 && events[claim + 1]?.event === "claimed";
}

function wasOvertaken(events: readonly EventRow[], attempt: number, answeredAt: number): boolean {
  return events.some((event) => {
    const isNewer = event.event === "claimed" && event.attempt > attempt;
    const isClosed = event.to_state === "deleted" || event.to_state === "delete_failed";
    return event.at < answeredAt && (isNewer || isClosed);
  });
}
