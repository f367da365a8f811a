import { TakeoutError } from "../domain/errors.ts";
import type { Part } from "../domain/part.ts";
import {
  decideReport,
  isPlain,
  type Report,
  type ReportDecision,
  type ReportView,
} from "../domain/report.ts";
import type { LockedDeletion } from "../store/deletion.ts";
import type { Decided, MoveView } from "../store/move-deletions.ts";
import type { Reported } from "../store/reports.ts";
import { noteCheckReport } from "../store/service-checks.ts";
import type { FlowContext } from "./context.ts";
import { closedAfterMs, planParts } from "./move-parts.ts";

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
 * answered like any other, so that the answer never reveals whether a user exists. Of a category that this process
 * does not know (a rolling restart) the ledger says whether the named deletion has it.
 *
 * @throws TakeoutError `category_unknown`, `stale_deletion` (final for the sender), `unavailable`.
 * Source: S2, part 1; contract 6.
 */
export async function recordReport(context: FlowContext, input: ReportInput): Promise<void> {
  const { registry, subjects } = context;
  const { categoryId, service, report } = input;
  if (!registry.hasCategory(categoryId) && report.deletionId === null)
    throw new TakeoutError("category_unknown", { categoryId });
  const by = {
    ...{ subjects: subjects.allOf(input.uid), categoryId, service },
    ...{ kid: input.kid, bodyHashes: subjects.bodyHashes(input.body) },
  };
  const reported: Reported = { by, report };
  const { deadlineMs } = context.rules;
  const recorded = await context.move<Recorded>({
    of: { report: reported },
    decide: (view) => decide(context, reported, view),
    ...(isPlain(report, by, registry) && {
      plainly: { resultOf: (closedAfterMs) => closedAfterMs, deadlineMs },
    }),
  });
  switch (recorded) {
    case "stale":
      // What belongs to no deletion may be what a check of the service waits for.
      await noteCheckReport(context.store, report.deletionId, service);
      throw new TakeoutError("stale_deletion");
    case "unknown":
      throw new TakeoutError("category_unknown", { categoryId });
    case "elsewhere":
      throw new TakeoutError("unavailable", { retryAfterSeconds: 5 });
    case null:
      return;
    default:
      context.metrics.deletionClosed(recorded / 1000);
      if (report.deletionId !== null) context.drives.noteClosed(report.deletionId);
  }
}

/** What a report came to: why it was refused; how long the deletion took in ms when this closed it; else `null`. */
type Recorded = "stale" | "unknown" | "elsewhere" | number | null;

function decide(context: FlowContext, reported: Reported, view: MoveView): Decided<Recorded> {
  const { deletion } = view;
  const decision = judge(context, reported, view);
  switch (decision.kind) {
    case "stale":
    case "unknown":
    case "elsewhere":
      return { result: decision.kind };
    case "recorded":
      return { result: null, effect: "recorded" };
    case "own_state":
      return { result: null, effect: "own_state", ownDeletedAt: decision.deletedAt };
    case "moves": {
      if (deletion === null) return { result: null, effect: "recorded" };
      const write = planParts(context, deletion, [decision.change]);
      return { result: closedAfterMs(deletion, write), write: { ...write, report: reported } };
    }
  }
}

function judge(
  context: FlowContext,
  { by, report }: Reported,
  { deletion, isCategoryOpen, now }: MoveView,
): ReportDecision {
  const rules = context.registry.findService(by.service);
  const part = deletion?.parts.find(
    (row) => row.service === by.service && row.categoryId === by.categoryId,
  );
  return decideReport(
    report,
    {
      newest: deletion && part ? newestOf(deletion, part) : null,
      isCategoryOpen,
      isCategoryKnown: context.registry.hasCategory(by.categoryId),
      isConfigured: context.registry.holds(by.service, by.categoryId),
    },
    rules ? { rules, now, random: context.random() } : null,
  );
}

function newestOf({ id, acceptedAt, fenceAt }: LockedDeletion, part: Part): ReportView["newest"] {
  return { deletionId: id, acceptedAt, fenceAt, part };
}
