import { type QueueName, queueNames } from "../queue/tasks.ts";
import { CommandError, defineCommand } from "./command.ts";
import { noMigrate, startHub } from "./start-hub.ts";

export const work = defineCommand({
  name: "work",
  summary: "Work the queues; listens only where WORK_PORT is set, for health and metrics.",
  options: {
    only: { value: "QUEUES", help: `of ${queueNames.join(",")}, the ones to work; all by default` },
    "no-migrate": noMigrate,
  },
  run: async ({ only, ...values }) => {
    const queues = only === undefined ? {} : { only: readQueues(only) };
    await startHub({ http: false, worker: true, migrate: !values["no-migrate"], ...queues });
  },
});

function readQueues(text: string): QueueName[] {
  return text.split(",").map((word) => {
    const queue = queueNames.find((known) => known === word.trim());
    if (queue !== undefined) return queue;
    throw new CommandError(`--only: "${word}" is no queue; there are ${queueNames.join(", ")}`);
  });
}
