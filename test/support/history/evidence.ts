import type { PartEvent } from "../../../src/domain/part.ts";
import { callName, type IndexedHistory } from "./indexed.ts";
import { type Look, lookAtEach } from "./look.ts";
import { type EventRow, nameOf } from "./rows.ts";
import { findSaidEmpty, type SaidEmpty } from "./said-empty.ts";

interface Case {
  readonly history: IndexedHistory;
  readonly event: EventRow;
  /** What happened to the part before. */
  readonly before: EventRow | undefined;
  readonly saidEmpty: SaidEmpty;
  readonly reports: ReadonlyMap<string, readonly Said[]>;
  /** `null`: nobody wrote down what was sent. */
  readonly sentReports: ReadonlyMap<string, readonly Said[]> | null;
}

/** What a report says, as the ledger keeps it or as it was sent. */
interface Said {
  /** As `reportName` gives it. */
  readonly name: string;
  readonly deletionId: string | null;
  readonly attempt: number | null;
  readonly at: number;
}

/** For each event that says that a service said something: whether the service, or a report, says so too. */
const proofs: Partial<Record<PartEvent, (about: Case) => boolean>> = {
  answered_done: (about) => wasAnswered(about, [200], "answer"),
  answered_accepted: (about) => wasAnswered(about, [200, 202]),
  reconciled: wasSaidEmpty,
  reported_deleted: (about) => wasReported(about, "deleted"),
  reported_failed: (about) => wasReported(about, "delete_failed"),
  reported_failed_finally: (about) => wasReported(about, "delete_failed"),
};

/** No part is deleted, accepted or said to have failed by its service without the service's word for it. */
export function lookForUnproven(history: IndexedHistory): Look {
  const saidEmpty = findSaidEmpty(history);
  const [reports, sentReports] = [indexReports(history), indexSent(history)];
  const cases = [...history.eventsOf.values()].flatMap((own) =>
    own.flatMap((event, at): Case[] => {
      const isToProve = event.event !== "accepted" && event.event in proofs;
      const about = { history, event, before: own[at - 1], saidEmpty, reports, sentReports };
      return isToProve ? [about] : [];
    }),
  );
  return lookAtEach(cases, (about) => {
    const { event } = about;
    const isProven = event.event !== "accepted" && proofs[event.event]?.(about);
    return !isProven && `${nameOf(event)}: ${event.event}, attempt ${event.attempt}`;
  });
}

function indexReports(history: IndexedHistory) {
  const said = history.reports.map(({ subject, service, category_id, state, ...row }): Said => {
    const name = reportName(subject, service, category_id, state);
    return { name, deletionId: row.deletion_id, attempt: row.attempt, at: row.received_at };
  });
  return Map.groupBy(said, ({ name }) => name);
}

function indexSent({ sentReports, hashesOf }: IndexedHistory) {
  if (sentReports === null) return null;
  const said = sentReports.flatMap(({ service, uid, categoryId, state, ...sent }): Said[] =>
    hashesOf(uid).map((subject) => ({
      ...sent,
      name: reportName(subject, service, categoryId, state),
    })),
  );
  return Map.groupBy(said, ({ name }) => name);
}

function reportName(subject: string, service: string, categoryId: string, state: string): string {
  return `${subject} ${service}/${categoryId} ${state}`;
}

function wasAnswered(
  { history, event }: Case,
  statuses: readonly number[],
  completion?: "answer",
): boolean {
  if (completion && history.registry.findService(event.service)?.completion !== completion) {
    return false;
  }
  const calls = history.callsOf.get(callName(event.deletion_id, event.service, event.attempt));
  return (calls ?? []).some(
    (call) =>
      call.categories.includes(event.category_id) &&
      call.status !== null &&
      statuses.includes(call.status) &&
      (call.answeredAt ?? call.arrivedAt) <= event.at,
  );
}

/** After the service had accepted it: what was said before proves nothing. */
function wasSaidEmpty({ history, event, before, saidEmpty }: Case): boolean {
  const subjects = history.subjectsOf(event.deletion_id);
  return saidEmpty(event.service, event.category_id, subjects, before?.at ?? 0, event.at);
}

/** By what is kept of it, and by what its service sent where that was written down. */
function wasReported(about: Case, state: "deleted" | "delete_failed"): boolean {
  const { reports, sentReports } = about;
  return (
    isSaid(about, reports, state) && (sentReports === null || isSaid(about, sentReports, state))
  );
}

function isSaid(
  { history, event }: Case,
  reports: ReadonlyMap<string, readonly Said[]>,
  state: "deleted" | "delete_failed",
): boolean {
  return history
    .subjectsOf(event.deletion_id)
    .flatMap(
      (subject) => reports.get(reportName(subject, event.service, event.category_id, state)) ?? [],
    )
    .some(
      ({ deletionId, attempt, at }) =>
        (deletionId ?? event.deletion_id) === event.deletion_id &&
        (state === "deleted" || (attempt ?? event.attempt) >= event.attempt) &&
        at <= event.at,
    );
}
