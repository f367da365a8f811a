import { isOpen } from "../domain/part.ts";
import type { Transaction } from "./connect.ts";
import { type LockedDeletion, lockDeletions } from "./deletion.ts";
import type { Decided, Move, MoveView } from "./move-deletions.ts";
import {
  countRepeats,
  findNewestDeletions,
  insertReports,
  type OwnState,
  type Reported,
  type ReportRecord,
  readCategories,
  setOwnStates,
} from "./reports.ts";
import { findOpenBreakers } from "./service-states.ts";
import { afterWrite, type DeletionWrite, writeDeletions } from "./write-deletions.ts";

/** What is known of the deletions that some moves are about, and what those moves come to, until it is written. */
export interface BatchOfMoves {
  /** The deletion that a move is about; `null`: none. */
  idOf(at: number): string | null;
  /** As it stands after what was made so far. */
  view(at: number): MoveView;
  /** Takes over what a move decided. @returns its result. */
  make(at: number, decided: Decided<unknown>): unknown;
  write(): Promise<void>;
}

export async function readBatch(
  sql: Transaction,
  moves: readonly Move<unknown>[],
  options: { readonly held: "wait" | "skip"; readonly withOthers: boolean },
): Promise<BatchOfMoves> {
  const reports = moves.flatMap(({ of }) => ("report" in of ? [of.report] : []));
  const newest = await findNewestDeletions(sql, reports);
  const newestOf = new Map(reports.map((report, at) => [report, newest[at] ?? null]));
  const ids = moves.map(({ of }) =>
    "report" in of ? (newestOf.get(of.report) ?? null) : of.deletionId,
  );
  const withSnapshots = moves.flatMap(({ of }) => ("report" in of ? [] : [of.deletionId]));
  const known = [...new Set(ids.filter((id) => id !== null))];
  const failing = moves.flatMap((move) => move.begin?.() ?? []);
  const [deletions, openBreakers] = await Promise.all([
    lockDeletions(sql, known, { ...options, withSnapshots }),
    findOpenBreakers(sql, failing),
  ]);
  const { isOpenOf, now } = await readOpenCategories(sql, newestOf, deletions);
  return createBatch(sql, { moves, ids, deletions, isOpenOf, openBreakers, now });
}

/** Where the part that is reported is open its category is so too; of the others it is asked. */
async function readOpenCategories(
  sql: Transaction,
  newestOf: ReadonlyMap<Reported, string | null>,
  deletions: ReadonlyMap<string, LockedDeletion>,
) {
  const isPartOpen = ({ by }: Reported, id: string | null) =>
    deletions
      .get(id ?? "")
      ?.parts.some(
        (part) =>
          part.service === by.service && part.categoryId === by.categoryId && isOpen(part.state),
      ) ?? false;
  const isOpenOf = new Map([...newestOf].map(([report, id]) => [report, isPartOpen(report, id)]));
  const asked = [...newestOf].filter(([report]) => !isOpenOf.get(report));
  const { areOpen, now } = await readCategories(sql, asked);
  for (const [at, [report]] of asked.entries()) isOpenOf.set(report, areOpen[at] ?? false);
  return { isOpenOf, now };
}

interface Read {
  readonly moves: readonly Move<unknown>[];
  /** Of the deletion that each move is about. */
  readonly ids: readonly (string | null)[];
  readonly deletions: ReadonlyMap<string, LockedDeletion>;
  /** Whether the category of a report was open when it was read. */
  readonly isOpenOf: ReadonlyMap<Reported, boolean>;
  readonly openBreakers: ReadonlySet<string>;
  readonly now: number;
}

function createBatch(sql: Transaction, read: Read): BatchOfMoves {
  const current = new Map(read.deletions);
  const writes = new Map<string, DeletionWrite[]>();
  const records: ReportRecord[] = [];
  const ownStates: OwnState[] = [];
  const closed = new Set<string>();

  const find = (at: number) => {
    const id = read.ids[at];
    return id ? (current.get(id) ?? null) : null;
  };
  const reportOf = (at: number) => {
    const of = read.moves[at]?.of;
    return of && "report" in of ? of.report : null;
  };
  const subjectOf = ({ by }: Reported, deletion: LockedDeletion | null) =>
    deletion && !by.subjects.includes(deletion.subject) ? deletion.subject : by.subjects[0];
  const apply = (deletion: LockedDeletion, write: DeletionWrite) => {
    for (const { categoryId } of write.categories) {
      // Only what was open is closed by this; a late report betters what is closed while another may run.
      const wasOpen = deletion.parts.some(
        (part) => part.categoryId === categoryId && isOpen(part.state),
      );
      if (wasOpen) closed.add(keyOf(deletion.subject, categoryId));
    }
    writes.set(deletion.id, [...(writes.get(deletion.id) ?? []), write]);
    current.set(deletion.id, afterWrite(deletion, write));
  };

  const isCategoryOpen = (report: Reported, deletion: LockedDeletion | null) => {
    const { subjects, categoryId } = report.by;
    const users = deletion ? [deletion.subject, ...subjects] : subjects;
    const wasClosed = users.some((subject) => closed.has(keyOf(subject, categoryId)));
    return !wasClosed && (read.isOpenOf.get(report) ?? false);
  };

  return {
    idOf: (at) => read.ids[at] ?? null,
    view(at) {
      const deletion = find(at);
      const report = reportOf(at);
      return {
        deletion,
        isCategoryOpen: report !== null && isCategoryOpen(report, deletion),
        openBreakers: read.openBreakers,
        now: deletion?.now ?? read.now,
      };
    },
    make(at, { result, write, effect, ownDeletedAt }) {
      const deletion = find(at);
      const report = reportOf(at);
      if (report && effect) {
        const { categoryId, service } = report.by;
        const subject = subjectOf(report, deletion);
        records.push({ ...report, effect });
        if (ownDeletedAt !== undefined)
          ownStates.push({ subject, categoryId, service, deletedAt: ownDeletedAt });
      }
      if (deletion && write) apply(deletion, write);
      return result;
    },
    async write() {
      const written = [...read.deletions.values()].flatMap((deletion) => {
        const own = writes.get(deletion.id);
        return own ? [{ read: deletion, writes: own }] : [];
      });
      const fresh = await countRepeats(sql, records);
      await Promise.all([
        insertReports(sql, fresh),
        setOwnStates(sql, ownStates),
        writeDeletions(sql, written),
      ]);
    },
  };
}

function keyOf(subject: string, categoryId: string): string {
  return `${subject} ${categoryId}`;
}
