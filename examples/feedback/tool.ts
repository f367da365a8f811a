// The tool by itself, for a scheduler such as cron: one run, and it ends.
import { openDatabase } from "./database.ts";
import { createTool } from "./gdpr/tool.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.env);
const { hubUrl, signingKey, batch, keepHiddenDays } = settings;
const sql = await openDatabase(settings.databaseUrl);
const hub = { service: "feedback", signingKey, hub: { url: hubUrl, client: "takeout" } };
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stopping.abort());
}
try {
  await createTool({ sql, hub, batch, keepHiddenDays })(stopping.signal);
} finally {
  await sql.end({ timeout: 5 });
}
