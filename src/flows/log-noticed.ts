import type { Noticed } from "../store/stuck-watch.ts";
import type { FlowLog } from "./context.ts";

/** One line for each service and threshold, however many parts reached it in however many batches. */
export function logNoticed(log: FlowLog, noticed: readonly Noticed[]): void {
  const groups = Map.groupBy(noticed, ({ service, threshold }) => `${service}\n${threshold}`);
  for (const [key, rows] of groups) {
    const [service = "", threshold = ""] = key.split("\n");
    const count = rows.reduce((sum, row) => sum + row.count, 0);
    log.warn({ service, threshold, count }, "open parts reached a threshold");
  }
}
