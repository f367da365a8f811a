import type { CategoryRow, DeletionRow, EventRow, History, PartRow, ServiceCall } from "./rows.ts";
import { nameOf } from "./rows.ts";

export interface DeleteCall extends ServiceCall {
  readonly deletionId: string;
  readonly attempt: number;
  readonly to: string;
}

/** A history with what the checks look up in it, so that none of them searches all of it for each row. */
export interface IndexedHistory extends History {
  /** The events of each part, by its name, in order. */
  readonly eventsOf: ReadonlyMap<string, readonly EventRow[]>;
  readonly deleteCalls: readonly DeleteCall[];
  /** By `callName`; more than one where an attempt called twice. */
  readonly callsOf: ReadonlyMap<string, readonly DeleteCall[]>;
  /** By part; every call that carried it. */
  readonly callsTo: ReadonlyMap<string, readonly DeleteCall[]>;
  readonly deletionOf: ReadonlyMap<string, DeletionRow>;
  readonly partsOf: ReadonlyMap<string, readonly PartRow[]>;
  readonly categoriesOf: ReadonlyMap<string, readonly CategoryRow[]>;
  /** All subjects of a deletion's user, its own first. */
  readonly subjectsOf: (deletionId: string) => readonly string[];
  /** A user's deletions, by any of his subjects. */
  readonly deletionsOf: (subjects: readonly string[]) => readonly DeletionRow[];
  /** How the ledger may know a uid; nothing when it is not known how uids are written. */
  readonly hashesOf: (uid: string) => readonly string[];
}

export function callName(deletionId: string, service: string, attempt: number): string {
  return `${deletionId} ${service}, attempt ${attempt}`;
}

export function indexHistory(history: History): IndexedHistory {
  const deleteCalls = history.calls.flatMap(toDeleteCall);
  const deletionOf = new Map(history.deletions.map((row) => [row.id, row]));
  const aliasesOf = Map.groupBy(history.aliases, ({ deletion_id }) => deletion_id);
  const subjectsOf = (id: string) => [
    ...(deletionOf.has(id) ? [(deletionOf.get(id) as DeletionRow).subject] : []),
    ...(aliasesOf.get(id) ?? []).map(({ subject }) => subject),
  ];
  const bySubject = new Map<string, DeletionRow[]>();
  for (const row of history.deletions) {
    for (const subject of subjectsOf(row.id)) {
      const own = bySubject.get(subject);
      if (own) own.push(row);
      else bySubject.set(subject, [row]);
    }
  }
  return {
    ...history,
    deleteCalls,
    deletionOf,
    subjectsOf,
    eventsOf: Map.groupBy(history.events, nameOf),
    callsOf: Map.groupBy(deleteCalls, (call) =>
      callName(call.deletionId, call.service, call.attempt),
    ),
    callsTo: groupByPart(deleteCalls),
    partsOf: Map.groupBy(history.parts, ({ deletion_id }) => deletion_id),
    categoriesOf: Map.groupBy(history.categories, ({ deletion_id }) => deletion_id),
    deletionsOf: (subjects) => [
      ...new Set(subjects.flatMap((subject) => bySubject.get(subject) ?? [])),
    ],
    hashesOf: rememberHashes(history),
  };
}

function groupByPart(calls: readonly DeleteCall[]): Map<string, DeleteCall[]> {
  const groups = new Map<string, DeleteCall[]>();
  for (const call of calls) {
    for (const category_id of call.categories) {
      const name = nameOf({ deletion_id: call.deletionId, service: call.service, category_id });
      const own = groups.get(name);
      if (own) own.push(call);
      else groups.set(name, [call]);
    }
  }
  return groups;
}

function toDeleteCall(call: ServiceCall): DeleteCall[] {
  const { kind, deletionId, attempt, to } = call;
  if (kind !== "delete" || deletionId === null || attempt === null || to === null) return [];
  return [{ ...call, deletionId, attempt, to }];
}

function rememberHashes({ subjects }: History): IndexedHistory["hashesOf"] {
  const known = new Map<string, readonly string[]>();
  return (uid) => {
    const hashes = known.get(uid) ?? subjects?.allOf(uid) ?? [];
    known.set(uid, hashes);
    return hashes;
  };
}
