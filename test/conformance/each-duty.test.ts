import postgres from "postgres";
import { type ConformanceReport, checkNames } from "takeout-sdk/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Behaviour, judgeTicket, soundBehaviour } from "./services/plain/behaviour.ts";
import { heldCategories } from "./services/plain/rows.ts";
import { checkPlain } from "./support/in-process.ts";

let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  database = await createDatabase();
  sql = postgres(database.url, { max: 4, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

/** Makes one check alone, against the plain service with this behaviour. */
function makeCheck(name: string, changed: Partial<Behaviour>): Promise<ConformanceReport> {
  const { url: databaseUrl } = database;
  // A look back at the whole run needs something to look at.
  const looksBack = name === "no-personal-data" ? ["export-shape"] : [];
  const made = [name, "final-report", ...looksBack];
  const skip = checkNames.filter((other) => !made.includes(other));
  return checkPlain({ databaseUrl, sql, changed, options: { skip, patienceMs: 3_000 } });
}

/** The header and the claims of a ticket, believed as they are. */
function believe(ticket = ""): { alg?: string; aud?: unknown; iss?: unknown } {
  const [head = "", body = ""] = ticket.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString() || "{}");
  return { ...read(head), ...read(body) };
}

const failed = (error: object) => ({ state: "delete_failed", error, retriable: false });
let newestFence = 0;

const breaches: readonly (readonly [check: string, how: string, changed: Partial<Behaviour>])[] = [
  ["status-answer", "refuses every body", { faultOf: () => "no" }],
  [
    "ticket-signature",
    "believes what a ticket says",
    { judgeTicket: async (ticket) => (believe(ticket).iss === "takeout" ? undefined : 401) },
  ],
  [
    "ticket-issuer",
    "does not look at iss and sub",
    { judgeTicket: (ticket, settings) => judgeTicket(ticket, settings, { subject: true }) },
  ],
  [
    "ticket-type",
    "does not look at typ",
    { judgeTicket: (ticket, settings) => judgeTicket(ticket, settings, { typ: true }) },
  ],
  [
    "ticket-algorithm",
    "takes a ticket that says it needs no signature",
    {
      judgeTicket: async (ticket, settings) =>
        believe(ticket).alg === "none" ? undefined : judgeTicket(ticket, settings),
    },
  ],
  [
    "ticket-header",
    "does not look at the header",
    { judgeTicket: (ticket, settings) => judgeTicket(ticket, settings, { headers: true }) },
  ],
  [
    "ticket-lifetime",
    "takes a ticket for ever",
    { judgeTicket: (ticket, settings) => judgeTicket(ticket, settings, { lifetime: true }) },
  ],
  [
    "ticket-skew",
    "has the only right clock",
    { judgeTicket: (ticket, settings) => judgeTicket(ticket, settings, { skew: true }) },
  ],
  ["body-limits", "takes 100 kB at most", { longestBody: 100_000 }],
  [
    "body-limits",
    "takes 100 kB at most where it deletes",
    { longestBodyAt: { "/v1/takeout/delete/": 100_000 } },
  ],
  ["body-limits", "takes any body", { longestBody: Number.POSITIVE_INFINITY }],
  ["ready-with-data", "knows nobody", { uidsOf: () => ["1"] }],
  ["final-report", "reports nothing", { carryOut: async () => {} }],
  [
    "unknown-user",
    "fails where there is nothing",
    {
      async carryOut(_job, { erase, report }) {
        const outcome = await erase();
        const error = { code: "user_unknown" };
        await report(outcome === "erased" ? { state: "deleted", outcome } : failed(error));
      },
    },
  ],
  ["unknown-category", "has data in it", { stateOfUnknown: "ready_to_delete" }],
  [
    "newer-hub",
    "refuses a field that it does not know",
    {
      faultOf: (body, isDelete) =>
        "conform_mood" in (body as object) ? "mood" : soundBehaviour.faultOf(body, isDelete),
    },
  ],
  ["empty-after-delete", "deletes nothing", { fenceOf: () => new Date(0) }],
  [
    "fence-inclusive",
    "stops a millisecond short",
    { fenceOf: ({ fence }) => new Date(fence.getTime() - 1) },
  ],
  ["nothing-else", "takes all categories", { erasedWith: () => heldCategories }],
  ["every-account", "looks at the first account", { uidsOf: ([first = ""]) => [first] }],
  [
    "repeat-reported",
    "reports once",
    {
      carryOut: async (job, steps) => {
        if (job.outcome === null) await soundBehaviour.carryOut(job, steps);
      },
    },
  ],
  ["duplicate-delivery", "refuses what it knows", { answerToRepeat: 409 }],
  ["two-at-once", "refuses what it knows", { answerToRepeat: 409 }],
  [
    "reordered-calls",
    "takes everything when a deletion comes late",
    {
      fenceOf({ fence }) {
        const isLate = fence.getTime() < newestFence;
        newestFence = Math.max(newestFence, fence.getTime());
        return isLate ? new Date(Date.now() + 60_000) : fence;
      },
    },
  ],
  ["malformed-calls", "looks at nothing", { faultOf: () => undefined }],
  ["cut-connections", "refuses what it knows", { answerToRepeat: 409 }],
  ["export-shape", "answers with 2 MB", { inlineBytes: 2_000_000 }],
  ["export-shape", "names a folder", { inlineBytes: 10, exportName: () => "../things.json" }],
  ["export-shape", "uploads to a folder", { exportName: () => "../things.json" }],
  [
    "export-repeat",
    "names its files anew each time",
    {
      inlineBytes: 10,
      exportKey: () => crypto.randomUUID(),
      exportName: () => `${crypto.randomUUID()}.json`,
    },
  ],
  ["hub-away", "reports once, whoever hears it", { isFinal: () => true }],
  ["final-refusal", "reports until it is heard", { isFinal: () => false }],
  ["slow-sender", "is impatient", { slowestBodyMs: 1_000 }],
  ["slow-sender", "has all the time in the world", { slowestBodyMs: 0 }],
  [
    "keys-away",
    "refuses whom it cannot check",
    { judgeTicket: async (...args) => (await judgeTicket(...args)) && 401 },
  ],
  [
    "report-form",
    "tells more than was asked",
    { dress: (report) => ({ ...report, mood: "good" }) },
  ],
  ["report-ticket", "has its tickets made out to nobody", { audienceOfReports: "nobody" }],
  ["no-personal-data", "quotes what it refuses", { detailOf: (text) => text }],
  [
    "no-personal-data",
    "quotes what it refuses to export",
    { detailOf: (text, path) => (path.includes("/export") ? text : undefined) },
  ],
  [
    "no-personal-data",
    "names the user where an export failed",
    { exportError: (uid) => ({ code: "locked", message: `The rows of ${uid} are locked.` }) },
  ],
  [
    "no-personal-data",
    "names the user in its errors",
    {
      carryOut: async (job, { report }) => {
        await report(
          failed({ code: "locked", message: `The rows of ${job.reportUid} are locked.` }),
        );
      },
    },
  ],
];

test.concurrent.each(breaches)("%s fails for a service that %s", async (name, _how, changed) => {
  const { results } = await makeCheck(name, changed);
  const result = results.find((one) => one.name === name);
  expect(result).toMatchObject({ outcome: "failed" });
  for (const { expected, happened, lookAt } of result?.breaches ?? []) {
    expect(Math.min(expected.length, happened.length, lookAt.length)).toBeGreaterThan(3);
  }
  expect(result?.breaches.length).toBeGreaterThan(0);
});

/** Seen to fail in verdicts.test.ts. */
const seenElsewhere = [
  "ticket-required",
  "ticket-audience",
  "fence",
  "report-after-work",
  "reports-agree",
  "restart",
  "repeat-keeps-newer",
  "status-while-deleting",
];

test("every check has been seen to fail", () => {
  const seen = new Set([...breaches.map(([name]) => name), ...seenElsewhere]);
  expect([...seen].sort()).toEqual([...checkNames].sort());
});
