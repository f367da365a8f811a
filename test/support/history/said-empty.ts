import type { IndexedHistory } from "./indexed.ts";
import type { ServiceCall } from "./rows.ts";

/** Whether a service answered `empty` for a category of one of these users, asked between two moments. */
export type SaidEmpty = (
  service: string,
  categoryId: string,
  subjects: readonly string[],
  from: number,
  to: number,
) => boolean;

/** Calls that do not say whom they were about may have been about anybody. */
const anybody = "anybody";

export function findSaidEmpty(history: IndexedHistory): SaidEmpty {
  const moments = new Map<string, number[]>();
  for (const call of history.calls.toSorted((one, other) => one.arrivedAt - other.arrivedAt)) {
    const hashes = call.uid === undefined ? [] : history.hashesOf(call.uid);
    for (const categoryId of emptyOf(call)) {
      for (const subject of hashes.length > 0 ? hashes : [anybody]) {
        const key = `${subject} ${call.service}/${categoryId}`;
        const own = moments.get(key);
        if (own) own.push(call.arrivedAt);
        else moments.set(key, [call.arrivedAt]);
      }
    }
  }
  return (service, categoryId, subjects, from, to) =>
    [...subjects, anybody].some((subject) =>
      isAnyWithin(moments.get(`${subject} ${service}/${categoryId}`) ?? [], from, to),
    );
}

/** The categories that a status call was answered `empty` for. */
function emptyOf(call: ServiceCall): string[] {
  if (call.kind !== "status" || call.status !== 200) return [];
  const body = call.body as {
    data_state?: string;
    categories?: { id: string; data_state: string }[];
  } | null;
  return call.categories.filter((categoryId) => {
    const own = body?.categories?.find(({ id }) => id === categoryId)?.data_state;
    return (own ?? body?.data_state) === "empty";
  });
}

/** @param moments - in order. */
function isAnyWithin(moments: readonly number[], from: number, to: number): boolean {
  let low = 0;
  for (let high = moments.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((moments[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return (moments[low] ?? Number.POSITIVE_INFINITY) <= to;
}
