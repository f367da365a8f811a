import type { PartEvent } from "../../../src/domain/part.ts";
import { deleteCalls, type EventRow, type History, nameOf } from "./rows.ts";

/** For each event that says that a service said something: whether the service, or a report, says so too. */
const proofs: Partial<Record<PartEvent, (history: History, event: EventRow) => boolean>> = {
  answered_done: (history, event) => wasAnswered(history, event, [200], "answer"),
  answered_accepted: (history, event) => wasAnswered(history, event, [200, 202]),
  reconciled: wasSaidEmpty,
  reported_deleted: (history, event) => wasReported(history, event, "deleted"),
  reported_failed: (history, event) => wasReported(history, event, "delete_failed"),
  reported_failed_finally: (history, event) => wasReported(history, event, "delete_failed"),
};

export function findUnproven(history: History): string[] {
  return history.events.flatMap((event) => {
    const isProven = event.event === "accepted" ? undefined : proofs[event.event];
    if (!isProven || isProven(history, event)) return [];
    return [`${nameOf(event)}: ${event.event}, attempt ${event.attempt}`];
  });
}

function wasAnswered(
  history: History,
  event: EventRow,
  statuses: readonly number[],
  completion?: "answer",
): boolean {
  if (completion && history.registry.findService(event.service)?.completion !== completion) {
    return false;
  }
  return deleteCalls(history).some(
    (call) =>
      call.deletionId === event.deletion_id &&
      call.service === event.service &&
      call.attempt === event.attempt &&
      call.categories.includes(event.category_id) &&
      call.status !== null &&
      statuses.includes(call.status) &&
      call.arrivedAt <= event.at,
  );
}

function wasSaidEmpty(history: History, event: EventRow): boolean {
  return history.calls.some((call) => {
    const isIt = call.kind === "status" && call.service === event.service && call.status === 200;
    if (!isIt || call.arrivedAt > event.at || !call.categories.includes(event.category_id))
      return false;
    const body = call.body as {
      data_state?: string;
      categories?: { id: string; data_state: string }[];
    };
    const own = body.categories?.find(({ id }) => id === event.category_id)?.data_state;
    return (own ?? body.data_state) === "empty";
  });
}

function wasReported(
  history: History,
  event: EventRow,
  state: "deleted" | "delete_failed",
): boolean {
  const subjects = [
    ...history.deletions.map((row) => ({ ...row, deletion_id: row.id })),
    ...history.aliases,
  ]
    .filter(({ deletion_id }) => deletion_id === event.deletion_id)
    .map(({ subject }) => subject);
  return history.reports.some(
    (report) =>
      report.state === state &&
      report.service === event.service &&
      report.category_id === event.category_id &&
      (report.deletion_id ?? event.deletion_id) === event.deletion_id &&
      subjects.includes(report.subject) &&
      report.received_at <= event.at,
  );
}
