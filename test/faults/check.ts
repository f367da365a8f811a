import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfiguration } from "../../src/config.ts";
import { createRegistry } from "../../src/domain/registry.ts";
import { deriveKeyring } from "../../src/store/keys.ts";
import { createSubjects } from "../../src/store/subjects.ts";
import {
  examineHistory,
  type Finding,
  type History,
  readHistory,
  type ServiceCall,
  type StatusEntry,
  searchEverything,
} from "../support/history.ts";
import { uidBeginning } from "./client.ts";
import {
  type CallEntry,
  type ClientEntry,
  logFiles,
  type NemesisEntry,
  type ReportEntry,
  type RowEntry,
  readLog,
  type SentEntry,
} from "./logs.ts";
import type { Stage } from "./stage.ts";

export interface CheckedRun {
  readonly history: History;
  readonly findings: readonly Finding[];
  /** Of every process of the hub, by its file. */
  readonly logs: Readonly<Record<string, string>>;
}

/** Reads the ledger and the logs of a run that is over, and holds every invariant against them. */
export async function checkRun({ sql, folder, env }: Stage): Promise<CheckedRun> {
  const { config, secrets } = loadConfiguration(env);
  const [calls, sent, rows, sentReports, clients, nemesis, answers, logs] = await Promise.all([
    readLog<CallEntry>(join(folder, logFiles.calls)),
    readLog<SentEntry>(join(folder, logFiles.sent)),
    readLog<RowEntry>(join(folder, logFiles.rows)),
    readLog<ReportEntry>(join(folder, logFiles.reports)),
    readLog<ClientEntry>(join(folder, logFiles.client)),
    readLog<NemesisEntry>(join(folder, logFiles.nemesis)),
    readLog<StatusEntry>(join(folder, logFiles.answers)),
    readProcessLogs(join(folder, "processes")),
  ]);
  const searches = await searchEverything(sql, { "a uid": uidBeginning }, logs);
  const subjects = createSubjects(deriveKeyring([secrets.secret]));
  const evidence = {
    subjects,
    clients,
    rows,
    sentReports,
    nemesis,
    answers,
    searches,
    isOver: true,
  };
  const history = await readHistory(sql, createRegistry(config), withSent(calls, sent), evidence);
  return { history, findings: examineHistory(history), logs };
}

function withSent(calls: readonly CallEntry[], sent: readonly SentEntry[]): ServiceCall[] {
  const sentAt = new Map(sent.map(({ requestId, at }) => [requestId, at]));
  return calls.map((call) => ({ ...call, sentAt: sentAt.get(call.requestId) }));
}

async function readProcessLogs(folder: string): Promise<Record<string, string>> {
  const logs: Record<string, string> = {};
  for (const name of await readdir(folder)) {
    logs[name] = await readFile(join(folder, name), "utf8");
  }
  return logs;
}
