import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ServiceCall } from "../support/history.ts";

/** The files of a run, outside the database: what clients, services and faults did, as they saw it themselves. */
export const logFiles = {
  calls: "calls.jsonl",
  sent: "sent.jsonl",
  rows: "rows.jsonl",
  reports: "reports.jsonl",
  client: "client.jsonl",
  nemesis: "nemesis.jsonl",
  answers: "answers.jsonl",
} as const;

/** A call as the service that received it wrote it down, once it was answered or had gone. */
export interface CallEntry extends ServiceCall {
  readonly uid: string;
  /** When the answer was sent; `null`: never. */
  readonly answeredAt: number | null;
  /** The hub's, by which it is found among what the hub's processes sent. */
  readonly requestId: string;
}

/** A call that a process of the hub was just about to write to its connection. */
export interface SentEntry {
  readonly requestId: string;
  readonly at: number;
}

/** One try of a delete request; a repeat with the same `requestId` is an entry of its own. */
export interface ClientEntry {
  readonly requestId: string;
  readonly uid: string;
  readonly categories: string[];
  readonly invokedAt: number;
  readonly endedAt: number | null;
  /** `unknown`: a lost answer or a 503, after which the outcome may be open (contract 5). */
  readonly result: "ok" | "fail" | "unknown";
  readonly status: number | null;
  /** Why there was no answer: the code of the connection's error. */
  readonly error?: string;
}

/** A report that its service was just about to send; a repeat of the same body may be the same entry. */
export interface ReportEntry {
  readonly service: string;
  readonly uid: string;
  readonly categoryId: string;
  readonly state: "deleted" | "delete_failed";
  readonly deletionId: string | null;
  readonly attempt: number | null;
  readonly at: number;
}

/** @param body - of `set_data_status`, whatever it is. */
export function toReportEntry(body: Readonly<Record<string, unknown>>): ReportEntry {
  return {
    service: String(body.service),
    uid: String(body.yandex_uid),
    categoryId: String(body.category_id),
    state: body.state === "deleted" ? "deleted" : "delete_failed",
    deletionId: typeof body.deletion_id === "string" ? body.deletion_id : null,
    attempt: typeof body.attempt === "number" ? body.attempt : null,
    at: Date.now(),
  };
}

/** A row of a service that came or went. */
export interface RowEntry {
  readonly service: string;
  readonly uid: string;
  readonly categoryId: string;
  readonly rowId: string;
  readonly createdAt: number;
  readonly what: "written" | "deleted";
  readonly at: number;
  /** Of the call that deleted it, or before whose deleting it was written. */
  readonly deletionId?: string;
  /** That call's fence, in ms. */
  readonly to?: number;
}

/** A fault as it was done, with the parts that its victim held. */
export interface NemesisEntry {
  readonly at: number;
  readonly kind: "kill" | "stop" | "continue" | "database_stop" | "database_start" | "drain";
  readonly workerId?: string;
  readonly victims?: readonly Victim[];
}

export interface Victim {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly attempt: number;
}

/** An append-only file of JSON lines; written at once, so that what is in it happened. */
export interface Log<Entry> extends Disposable {
  write(entry: Entry): void;
}

export function openLog<Entry>(file: string): Log<Entry> {
  const descriptor = openSync(file, "a");
  return {
    write: (entry) => {
      writeSync(descriptor, `${JSON.stringify(entry)}\n`);
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

export async function readLog<Entry>(file: string): Promise<Entry[]> {
  const text = await readFile(file, "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : (JSON.parse(line) as Entry)));
}
