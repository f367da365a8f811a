import type { IndexedHistory } from "./indexed.ts";
import { type Look, lookAtEach } from "./look.ts";
import type { CategoryRow, DeletionRow, RequestRow } from "./rows.ts";

/** A request that joined a category may have waited so long for its row that the category closed meanwhile. */
const joinedWithinMs = 3_000;

/** Every request that was answered ok: its row, and a deletion of each of its categories, is there. */
export function lookForLostRequests(history: IndexedHistory): Look {
  const { subjects } = history;
  if (!subjects) return { seen: 0, violations: [] };
  const requests = new Map(
    history.requests.map((row) => [`${row.subject} ${row.request_key}`, row]),
  );
  const answered = history.clients.filter(({ result }) => result === "ok");
  return lookAtEach(answered, ({ uid, requestId, categories, endedAt }) => {
    const keys = subjects.requestKeys(requestId);
    const row = history
      .hashesOf(uid)
      .map((subject, at) => requests.get(`${subject} ${keys[at]}`))
      .find((found) => found !== undefined);
    if (!row) return `${requestId} was answered ok and is not there`;
    const asked = [...new Set(categories)].sort();
    if (String(asked) !== String(row.category_ids)) {
      return `${requestId} asked for ${asked}, and ${row.category_ids} is there`;
    }
    const known = history.deletionsOf([row.subject, ...history.hashesOf(uid)]);
    return asked
      .filter((id) => !known.some((deletion) => covers(history, deletion, id, row, endedAt)))
      .map((id) => `${requestId} has no deletion of category ${id}`);
  });
}

/** Whether a deletion is what a request started or joined for a category. */
function covers(
  history: IndexedHistory,
  deletion: DeletionRow,
  categoryId: string,
  request: RequestRow,
  endedAt: number | null,
): boolean {
  const category = history.categoriesOf
    .get(deletion.id)
    ?.find(({ category_id }) => category_id === categoryId);
  if (!category || deletion.accepted_at > (endedAt ?? Number.POSITIVE_INFINITY)) return false;
  const graceMs = category.is_joined ? joinedWithinMs : 0;
  return (
    (category.closed_at ?? Number.POSITIVE_INFINITY) >= Math.floor(request.created_at) - graceMs
  );
}

/** Every deletion has a part of each service of each of its categories, and something to wake it. */
export function lookForLostDeletions(history: IndexedHistory): Look {
  return lookAtEach(history.deletions, (deletion) => {
    const parts = history.partsOf.get(deletion.id) ?? [];
    const there = new Set(parts.map((part) => `${part.service}/${part.category_id}`));
    const whole = deletion.is_retry ? [] : (history.categoriesOf.get(deletion.id) ?? []);
    const missing = whole.flatMap(({ category_id }) =>
      history.registry
        .servicesOf(category_id)
        .filter(({ name }) => !there.has(`${name}/${category_id}`))
        .map(({ name }) => `${deletion.id} has no part ${name}/${category_id}`),
    );
    return [
      ...(parts.length === 0 ? [`${deletion.id} has no part`] : []),
      ...missing,
      ...lackOfWakeUp(deletion),
    ];
  });
}

function lackOfWakeUp(deletion: DeletionRow): string[] {
  const { id, is_closed: isClosed, is_to_wake: isToWake, is_forgotten: isForgotten } = deletion;
  if (isClosed === isToWake) return [`${id} is ${isClosed ? "closed and wakes" : "open for ever"}`];
  return isForgotten ? [`${id} should have woken long ago, and nothing will wake it`] : [];
}

/** Nothing is deleted that no request asked for. */
export function lookForUnasked(history: IndexedHistory): Look {
  if (!history.subjects || history.clients.length === 0) return { seen: 0, violations: [] };
  const firstAsked = new Map<string, number>();
  for (const { uid, categories, invokedAt, result, status } of history.clients) {
    if (result === "fail" && (status ?? 500) < 500) continue;
    for (const subject of history.hashesOf(uid)) {
      for (const id of categories) {
        const key = `${subject} ${id}`;
        firstAsked.set(key, Math.min(invokedAt, firstAsked.get(key) ?? invokedAt));
      }
    }
  }
  return lookAtEach(history.categories, (row) => {
    const acceptedAt = history.deletionOf.get(row.deletion_id)?.accepted_at ?? 0;
    const asked = askedAt(history, row, firstAsked);
    return !(asked <= acceptedAt) && `${row.deletion_id} category ${row.category_id}`;
  });
}

function askedAt(
  history: IndexedHistory,
  { deletion_id, category_id }: CategoryRow,
  firstAsked: ReadonlyMap<string, number>,
): number {
  const moments = history
    .subjectsOf(deletion_id)
    .map((subject) => firstAsked.get(`${subject} ${category_id}`) ?? Number.POSITIVE_INFINITY);
  return Math.min(...moments);
}
