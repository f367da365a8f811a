import { willMissDeadline } from "../domain/forecast.ts";
import { thresholdAges } from "../domain/thresholds.ts";
import {
  endWatch,
  firstDeletion,
  type Noticed,
  noteForecasts,
  type Paces,
  readPaces,
  type WatchedPage,
  watchPage,
} from "../store/stuck-watch.ts";
import type { FlowContext } from "./context.ts";
import { logNoticed } from "./log-noticed.ts";

/**
 * Measures the open parts against `stuck.warn_after`, `alarm_after` and `deadline`, and against what each
 * service's pace lets expect: what reached a threshold is noted once, for channels of notification, and said
 * in one line of the log for each service and threshold. Goes through the open deletions from the oldest on, in
 * pages, as far as they are old enough. Idempotent; two at once tell nothing twice.
 *
 * @param signal - ends it between two pages; the next run begins anew.
 * @throws TakeoutError `unavailable`.
 * Source: S2, S3; contract 12, `stuck`.
 */
export async function watchStuck(context: FlowContext, signal?: AbortSignal): Promise<void> {
  const { log, rules, store } = context;
  const ages = thresholdAges(rules);
  const paces = await readPaces(store);
  const line = new Map<string, number>();
  const noticed: Noticed[] = [];
  let after: string | null = firstDeletion;
  while (after !== null && !signal?.aborted) {
    const page: WatchedPage = await watchPage(store, after, ages);
    const late = await noteForecasts(store, findLate(page, line, paces));
    noticed.push(...page.noticed, ...late);
    for (const [service, parts] of Object.entries(page.lines)) {
      line.set(service, (line.get(service) ?? 0) + parts);
    }
    after = page.next;
  }
  logNoticed(log, noticed);
  if (after === null) await endWatch(store);
}

/** @param line - how many open parts each service has before those of the page. */
function findLate({ near, now }: WatchedPage, line: ReadonlyMap<string, number>, paces: Paces) {
  return near.filter((part) => {
    const place = (line.get(part.service) ?? 0) + part.place;
    return willMissDeadline({ ...part, place }, paces.of(part.service), now);
  });
}
