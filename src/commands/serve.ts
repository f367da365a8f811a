import { defineCommand } from "./command.ts";
import { noMigrate, startHub } from "./start-hub.ts";

export const serve = defineCommand({
  name: "serve",
  summary: "Answer over HTTP, without working the queues.",
  options: { "no-migrate": noMigrate },
  run: (values) => startHub({ http: true, worker: false, migrate: !values["no-migrate"] }),
});
