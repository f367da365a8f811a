import { defineCommand } from "./command.ts";
import { noMigrate, startHub } from "./start-hub.ts";

export const up = defineCommand({
  name: "up",
  summary: "Answer over HTTP and work the queues in one process.",
  options: { "no-migrate": noMigrate },
  run: (values) => startHub({ http: true, worker: true, migrate: !values["no-migrate"] }),
});
