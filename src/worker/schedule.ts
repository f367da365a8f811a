import { type CronItem, type ParsedCronItem, parseCronItems, type TaskList } from "graphile-worker";
import type { tasks } from "../queue/tasks.ts";

/** Tasks that nobody asks for but the clock (UTC), each as often as what it does is needed. */
const schedule = {
  rotate_secret: "*/10 * * * *",
  forget_requests: "7 * * * *",
  forget_ledger: "22 * * * *",
  retry_retained: "* * * * *",
  clean_queue: "37 * * * *",
  count_parts: "* * * * *",
  watch_stuck: "*/5 * * * *",
  expire_exports: "* * * * *",
  clean_blobs: "52 * * * *",
  forget_exports: "12 * * * *",
} as const satisfies Partial<Record<keyof typeof tasks, string>>;

/** What fell into the time when no worker ran is made up for, once. */
const catchUpMs = 60 * 60 * 1000;
/** Before drives: a deep backlog must not hold up what takes rows away. */
const priority = -10;

/** When the tasks of a runner are added; of many processes, one adds each. */
export function scheduleOf(taskList: TaskList): ParsedCronItem[] {
  const items = Object.entries(schedule)
    .filter(([task]) => task in taskList)
    .map(([task, match]): CronItem => {
      const options = { backfillPeriod: catchUpMs, jobKey: task, priority };
      return { task, match, identifier: task, options };
    });
  return parseCronItems(items);
}
