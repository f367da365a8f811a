import type { JobHelpers, Task, TaskList } from "graphile-worker";
import type { FlowContext } from "../flows/context.ts";
import { driveDeletion } from "../flows/drive-deletion.ts";
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
  };
}

/** The task list of one queue, as graphile-worker takes it. */
export function createTaskList(context: FlowContext, queue: QueueName): TaskList {
  const runs = createRuns(context);
  const names = (Object.keys(tasks) as TaskName[]).filter((name) => tasks[name].queue === queue);
  return Object.fromEntries(names.map((name) => [name, runs[name] as Task]));
}
