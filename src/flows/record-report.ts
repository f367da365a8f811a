import { TakeoutError } from "../domain/errors.ts";
import { decideReport, type Report, type ReportDecision } from "../domain/report.ts";
import type { Transaction } from "../store/connect.ts";
import { type LockedDeletion, lockDeletion } from "../store/deletion.ts";
import {
  findNewestDeletion,
  insertReport,
  type ReportedBy,
  readCategory,
  setOwnState,
} from "../store/reports.ts";
import { noteCheckReport } from "../store/service-checks.ts";
import { transact } from "../store/transaction.ts";
import type { FlowContext } from "./context.ts";
import { moveParts } from "./move-parts.ts";

export interface ReportInput {
  readonly uid: string;
  readonly categoryId: string;
  /** The caller's own name. */
  readonly service: string;
  readonly report: Report;
  /** The key that signed the caller's ticket. */
  readonly kid: string;
  /** As it came, for the hash that is kept. */
  readonly body: Uint8Array;
}

/**
 * Records what a service says it did. Repeats change nothing; a report that fits nothing is kept and
 * answered like any other, so that the answer never reveals whether a user exists.
 *
 * @throws TakeoutError `category_unknown`, `stale_deletion` (final for the sender), `unavailable`.
 * Source: S2, part 1; contract 6.
 */
export async function recordReport(context: FlowContext, input: ReportInput): Promise<void> {
  const { registry, subjects } = context;
  if (!registry.hasCategory(input.categoryId)) {
    throw new TakeoutError("category_unknown", { categoryId: input.categoryId });
  }
  const by: ReportedBy = {
    subjects: subjects.allOf(input.uid),
    categoryId: input.categoryId,
    service: input.service,
    kid: input.kid,
    bodyHashes: subjects.bodyHashes(input.body),
  };
  const { report } = input;
  const closedAfter = await transact(context.store, (tx) => record(context, tx, by, report)).catch(
    async (error) => {
      // What belongs to no deletion may be what a check of the service waits for.
      if (error instanceof TakeoutError && error.code === "stale_deletion") {
        await noteCheckReport(context.store, report.deletionId, input.service);
      }
      throw error;
    },
  );
  if (closedAfter !== null) context.metrics.deletionClosed(closedAfter / 1000);
}

/** @returns how long the deletion took in ms when this report closed it, else `null`. */
async function record(
  context: FlowContext,
  tx: Transaction,
  by: ReportedBy,
  report: Report,
): Promise<number | null> {
  const newest = await findNewestDeletion(tx, by, report.deletionId);
  const deletion = newest === null ? null : await lockDeletion(tx, newest.id);
  // As it stands under the lock: a rotation of the secret may just have given the user another hash.
  const about = deletion === null ? by : aboutUserOf(deletion, by);
  const category = await readCategory(tx, about);
  const decision = decide(context, by, report, deletion, category);
  if (decision.kind === "stale") throw new TakeoutError("stale_deletion");
  await insertReport(tx, by, report, decision.kind);
  if (decision.kind === "own_state") await setOwnState(tx, about, decision.deletedAt);
  if (decision.kind !== "moves" || deletion === null) return null;
  return await moveParts(context, tx, deletion, [decision.change]);
}

/** What is reported by another uid of a person is about the ledger's user all the same. */
function aboutUserOf({ subject }: LockedDeletion, by: ReportedBy): ReportedBy {
  return by.subjects.includes(subject) ? by : { ...by, subjects: [subject] };
}

function decide(
  context: FlowContext,
  by: ReportedBy,
  report: Report,
  deletion: LockedDeletion | null,
  category: { isOpen: boolean; now: number },
): ReportDecision {
  const rules = context.registry.findService(by.service);
  const part = deletion?.parts.find(
    (row) => row.service === by.service && row.categoryId === by.categoryId,
  );
  return decideReport(
    report,
    {
      newest:
        deletion && part ? { deletionId: deletion.id, fenceAt: deletion.fenceAt, part } : null,
      isCategoryOpen: category.isOpen,
      isConfigured: context.registry.holds(by.service, by.categoryId),
    },
    rules ? { rules, now: deletion?.now ?? category.now, random: context.random() } : null,
  );
}
