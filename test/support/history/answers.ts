import type { IndexedHistory } from "./indexed.ts";
import { type Look, lookAtEach } from "./look.ts";
import { nameOf, type StatusEntry } from "./rows.ts";
import { findSaidEmpty, type SaidEmpty } from "./said-empty.ts";
import { findSpans, type Span } from "./spans.ts";

interface Answered {
  readonly answer: StatusEntry;
  readonly categoryId: string;
  readonly state: string;
}

function eachAnswer(history: IndexedHistory): Answered[] {
  return history.answers.flatMap((answer) =>
    answer.categories.map(({ id, state }) => ({ answer, categoryId: id, state })),
  );
}

const describe = ({ answer, categoryId, state }: Answered) =>
  `category ${categoryId} was ${state} at ${answer.answeredAt}`;

/**
 * `empty` is never answered while a part is open. Counted are the answers about categories that were open
 * from the question to the answer.
 */
export function lookForEmptyWhileOpen(history: IndexedHistory): Look {
  const spans = findSpans(history);
  const told = findTold(history);
  const whileOpen = eachAnswer(history).filter((about) =>
    history.deletionsOf(history.hashesOf(about.answer.uid)).some(({ id, accepted_at }) => {
      const span = spans.get(`${id} ${about.categoryId}`);
      return span && wasOpen(about, span, told(about, accepted_at));
    }),
  );
  return lookAtEach(whileOpen, (about) => about.state === "empty" && describe(about));
}

/** Surely: what others did to it, or its own `ok`, shows that it was committed before the question. */
function wasOpen({ answer }: Answered, span: Span, toldAt: number): boolean {
  return Math.min(span.movedAt, toldAt) < answer.askedAt && answer.answeredAt < span.to;
}

/** When the user was told `ok` of the deletion of a category that was accepted at that moment. */
function findTold(history: IndexedHistory) {
  const ok = history.clients.filter(({ result }) => result === "ok");
  const byUid = Map.groupBy(ok, ({ uid }) => uid);
  return ({ answer, categoryId }: Answered, acceptedAt: number): number => {
    const own = (byUid.get(answer.uid) ?? []).filter(
      ({ invokedAt, endedAt, categories }) =>
        invokedAt <= acceptedAt && acceptedAt <= (endedAt ?? 0) && categories.includes(categoryId),
    );
    return Math.min(...own.map(({ endedAt }) => endedAt ?? Number.POSITIVE_INFINITY));
  };
}

/** `empty` is never answered because a service was silent: each has said so, or has deleted. */
export function lookForEmptyByDefault(history: IndexedHistory): Look {
  const saidEmpty = findSaidEmpty(history);
  const reports = Map.groupBy(
    history.reports.filter(({ state }) => state === "deleted"),
    (row) => `${row.subject} ${row.service}/${row.category_id}`,
  );
  const reportedAt = (key: string) =>
    Math.min(...(reports.get(key) ?? []).map(({ received_at }) => received_at));
  const empty = eachAnswer(history).filter(({ state }) => state === "empty");
  return lookAtEach(empty, (about) => {
    const subjects = history.hashesOf(about.answer.uid);
    const silent = history.registry.servicesOf(about.categoryId).filter(({ name }) => {
      const place = `${name}/${about.categoryId}`;
      const hasReported = subjects.some(
        (subject) => reportedAt(`${subject} ${place}`) <= about.answer.answeredAt,
      );
      return !hasReported && !hasSpoken(history, about, name, saidEmpty);
    });
    return silent.map(({ name }) => `${describe(about)}, and ${name} never said so`);
  });
}

function hasSpoken(
  history: IndexedHistory,
  { answer, categoryId }: Answered,
  service: string,
  saidEmpty: SaidEmpty,
): boolean {
  const subjects = history.hashesOf(answer.uid);
  if (saidEmpty(service, categoryId, subjects, answer.askedAt, answer.answeredAt)) return true;
  return history.deletionsOf(subjects).some(({ id }) => {
    const events = history.eventsOf.get(
      nameOf({ deletion_id: id, service, category_id: categoryId }),
    );
    return events?.some(({ to_state, at }) => to_state === "deleted" && at <= answer.answeredAt);
  });
}
