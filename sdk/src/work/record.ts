// The states of a piece of work, and what moves it from one to the next. Pure; nothing here waits or stores.
import type { TraceHeaders } from "../client/report.ts";
import type { User } from "../service/category.ts";

/** What the hub asked for, as far as deletion and export are alike. */
interface AskedOfUser {
  user: User;
  reportUid: string;
  requestId?: string | undefined;
  trace: TraceHeaders;
}

/** One category of a deletion. */
export interface AskedDelete extends AskedOfUser {
  kind: "delete";
  category: string;
  deletionId: string;
  attempt: number;
  /** The fence, as the first call had it. */
  before: string;
}

/** A service's share of an export. */
export interface AskedExport extends AskedOfUser {
  kind: "export";
  jobId: string;
  uploadUrl: string;
  deadline: string;
  /** Those asked for of which something is exported. */
  categories: readonly string[];
}

/** What came of a piece of work, as it will be told to the hub. */
export type Told = { readonly state: string; readonly [name: string]: unknown };

/** How far a run has come. */
export interface Progress {
  done: number;
  total?: number;
}

/**
 * - `due`: to be run, or running;
 * - `unreported`: has come to an end that the hub does not know;
 * - `settled`: the hub knows it, or need not be told.
 */
export type WorkRecord<Asked> = {
  /** How often the hub asked: what it asks meanwhile is not settled by an earlier report. */
  asks: number;
  /** How often it was begun: the newest run alone may end it. */
  runs: number;
  /** How many runs in a row were begun of which nothing came: neither an end nor progress. */
  lost: number;
  /** A deletion's fence: the earliest that was ever asked for. */
  before?: string;
} & (
  | { state: "due"; asked: Asked; progress?: Progress }
  | { state: "unreported"; asked: Asked; told: Told; sinceMs: number; failures: number }
  | { state: "settled"; told?: Told }
);

/** What the hub asks of a piece of work. Attempts grow with each call. */
interface Asked {
  attempt?: number;
  before?: string;
}

/** Whether the work need not run again when it is asked for again. A failure or a denial may end otherwise. */
export function isDone(told: Told | undefined): boolean {
  return told !== undefined && !told.state.endsWith("_failed");
}

/** The record after a call. A repeat of what is done is to be reported again; what failed is to be run again. */
export function ask<A extends Asked>(
  record: WorkRecord<A> | undefined,
  asked: A,
  nowMs: number,
): WorkRecord<A> {
  if (!record) return { state: "due", asks: 1, runs: 0, lost: 0, asked, ...fenceOf(asked) };
  const { runs, lost } = record;
  const kept = { asks: record.asks + 1, runs, lost, ...fenceOf(record, asked) };
  const newest = record.state === "settled" ? asked : newer(record.asked, asked);
  if (record.state === "due") return { ...record, ...kept, asked: newest };
  if (!isDone(record.told)) return { ...kept, lost: 0, state: "due", asked: newest };
  const told = record.told as Told;
  return { ...kept, state: "unreported", asked: newest, told, sinceMs: nowMs, failures: 0 };
}

/** The record while a run of it is on. */
export function begin<A>(record: WorkRecord<A> & { state: "due" }): typeof record {
  return { ...record, runs: record.runs + 1, lost: record.lost + 1 };
}

/** The record after a run that was broken off by a stop; it does not count as lost. */
export function breakOff<A>(record: WorkRecord<A>, run: number): WorkRecord<A> | undefined {
  return isOn(record, run) ? { ...record, lost: Math.max(record.lost - 1, 0) } : undefined;
}

/** The record of a run that has come so far. */
export function advance<A>(
  record: WorkRecord<A>,
  run: number,
  progress: Progress,
): WorkRecord<A> | undefined {
  return isOn(record, run) ? { ...record, lost: 1, progress } : undefined;
}

/** The record after a run. Undefined: another run has taken its place. */
export function finish<A>(
  record: WorkRecord<A>,
  run: number,
  told: Told | undefined,
  nowMs: number,
): WorkRecord<A> | undefined {
  if (!isOn(record, run)) return undefined;
  const { asked, progress: _, state: __, ...kept } = record;
  if (!told) return { ...kept, lost: 0, state: "settled" };
  return { ...kept, lost: 0, state: "unreported", asked, told, sinceMs: nowMs, failures: 0 };
}

/**
 * The record after a report has arrived, or was refused for good. Identifiers go.
 * @param isUndone - whether the work is to be run again when it is asked for again.
 */
export function settle<A>(
  record: WorkRecord<A>,
  asks: number,
  isUndone = false,
): WorkRecord<A> | undefined {
  if (record.state !== "unreported" || record.asks !== asks) return undefined;
  const { runs, lost, before } = record;
  const kept = { asks, runs, lost, ...(before && { before }) };
  if (isUndone) return { ...kept, state: "settled" };
  // Names of files may name a person; a repeat may leave them out.
  const { files: _, ...told } = record.told;
  return { ...kept, state: "settled", told: told as Told };
}

/** The record after a report that is to be repeated. */
export function postpone<A>(record: WorkRecord<A>, asks: number): WorkRecord<A> | undefined {
  if (record.state !== "unreported" || record.asks !== asks) return undefined;
  return { ...record, failures: record.failures + 1 };
}

function isOn<A>(record: WorkRecord<A>, run: number): record is WorkRecord<A> & { state: "due" } {
  return record.state === "due" && record.runs === run;
}

function newer<A extends Asked>(last: A, next: A): A {
  return (last.attempt ?? 0) > (next.attempt ?? 0) ? last : next;
}

function fenceOf(...all: { before?: string }[]): { before?: string } {
  const [first] = all.flatMap(({ before }) => before ?? []).sort();
  return first === undefined ? {} : { before: first };
}
