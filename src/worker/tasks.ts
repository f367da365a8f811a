import type { JobHelpers, Task, TaskList } from "graphile-worker";
import type { FlowContext } from "../flows/context.ts";
import { countParts } from "../flows/count-parts.ts";
import { driveDeletion } from "../flows/drive-deletion.ts";
import { cleanBlobs } from "../flows/export/clean-blobs.ts";
import { driveExport } from "../flows/export/drive-export.ts";
import { expireExports } from "../flows/export/expire-exports.ts";
import { forgetExports } from "../flows/export/forget-exports.ts";
import { retryRetained } from "../flows/retry-retained.ts";
import { rotateSecret } from "../flows/rotate-secret.ts";
import { forgetLedger } from "../flows/upkeep-ledger.ts";
import { cleanQueue } from "../flows/upkeep-queue.ts";
import { forgetRequests } from "../flows/upkeep-requests.ts";
import { watchStuck } from "../flows/watch-stuck.ts";
import { type QueueName, type TaskPayloads, tasks } from "../queue/tasks.ts";

type TaskName = keyof typeof tasks;
type Run<Name extends TaskName> = (
  payload: TaskPayloads[Name],
  helpers: JobHelpers,
) => Promise<void>;

/** What runs for each task of the queue. */
function createRuns(context: FlowContext): { readonly [Name in TaskName]: Run<Name> } {
  return {
    async drive_deletion({ deletion_id: deletionId }) {
      await driveDeletion(context, { deletionId });
    },
    async drive_export({ export_id: exportId }) {
      await driveExport(context, { exportId });
    },
    rotate_secret: scheduled(context, rotateSecret),
    forget_requests: scheduled(context, forgetRequests),
    forget_ledger: scheduled(context, forgetLedger),
    retry_retained: scheduled(context, retryRetained),
    clean_queue: scheduled(context, cleanQueue),
    count_parts: scheduled(context, countParts),
    watch_stuck: scheduled(context, watchStuck),
    expire_exports: scheduled(context, expireExports),
    clean_blobs: scheduled(context, cleanBlobs),
    forget_exports: scheduled(context, forgetExports),
  };
}

/** Bears being run twice, and being ended: its next turn goes on. */
function scheduled<Name extends TaskName>(
  context: FlowContext,
  flow: (context: FlowContext, signal: AbortSignal) => Promise<void>,
): Run<Name> {
  return async (_payload, { job, abortSignal }) => {
    await flow(context, abortSignal).catch((error) => {
      context.log.error({ code: job.task_identifier, error }, "a scheduled task failed");
      throw error;
    });
  };
}

/** The task list of one queue, as graphile-worker takes it. */
export function createTaskList(context: FlowContext, queue: QueueName): TaskList {
  const runs = createRuns(context);
  const names = (Object.keys(tasks) as TaskName[]).filter((name) => tasks[name].queue === queue);
  return Object.fromEntries(names.map((name) => [name, runs[name] as Task]));
}
