// A map's feedback service as a connected service: what users report about the map stays, and they are
// forgotten. The schedule that runs the tool is in this process, unless FEEDBACK_TOOL_EVERY_MS is 0.
import { serve } from "@hono/node-server";
import { createTakeoutService } from "takeout-sdk/service";
import { createApp } from "./app.ts";
import { createGuard } from "./callers.ts";
import { openDatabase } from "./database.ts";
import { feedback } from "./gdpr/category.ts";
import { createTool, keepRunning } from "./gdpr/tool.ts";
import { readSettings, type Settings } from "./settings.ts";

function readOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    console.error(`feedback: ${error instanceof Error ? error.message : error}`);
    process.exit(78);
  }
}

const service = "feedback";
const settings = readOrExit();
const { host, port, hubUrl, signingKey, callers, toolEveryMs, batch, keepHiddenDays } = settings;
const hub = { service, signingKey, hub: { url: hubUrl, client: "takeout" } };
const sql = await openDatabase(settings.databaseUrl);
const takeout = createTakeoutService({ ...hub, categories: [feedback(sql)] });
const app = createApp(sql, takeout, createGuard(service, callers));

const stopping = new AbortController();
const run = createTool({ sql, hub, batch, keepHiddenDays });
const schedule = toolEveryMs > 0 ? keepRunning(run, toolEveryMs, stopping.signal) : undefined;

const server = serve({ fetch: answer, port, hostname: host }, () => {
  console.log(`feedback: listening on http://${host}:${port}`);
});

async function answer(request: Request): Promise<Response> {
  const response = await app.fetch(request);
  // Or a caller that keeps its connection busy would keep the process from ending.
  if (stopping.signal.aborted) response.headers.set("connection", "close");
  return response;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    stopping.abort();
    server.close();
    await takeout.close();
    await schedule;
    await sql.end({ timeout: 5 });
  });
}
