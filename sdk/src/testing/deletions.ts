import type { DataStatusReport } from "../client/client.ts";
import { Refusal } from "../service/problem.ts";
import { isFinal } from "./answers.ts";
import {
  errorFields,
  isAttempt,
  isBoolean,
  isInstant,
  isName,
  isOneOf,
  isText,
  isUid,
  readFields,
} from "./fields.ts";

/** One category of a deletion, as the hub sees it. */
export interface TestPart {
  category: string;
  /** `calling` until the service has answered, `accepted` until it has reported. */
  state: "calling" | "accepted" | "deleted" | "delete_failed";
  outcome?: string;
  retainedUntil?: Date;
  reason?: string;
  error?: { code: string; message: string };
  /** With `delete_failed`: whether the hub would call again. */
  retriable?: boolean;
}

/** A deletion that the service was told of. */
export interface TestDeletion {
  readonly id: string;
  /** The fence. */
  readonly before: Date;
  /** Of the last call. */
  readonly attempt: number;
  /** The status of the last answer. */
  readonly status: number;
  readonly parts: readonly TestPart[];
  part(category: string): TestPart;
  /** Every report of it that was taken, in order. */
  readonly reports: readonly DataStatusReport[];
  /** Resolves when every part has its end. Rejects after 10 s, or what is given. */
  ended(withinMs?: number): Promise<readonly TestPart[]>;
  /**
   * Calls once more, as the hub does when no answer or report came: for the parts that are open or
   * have failed, or for those given.
   */
  callAgain(categories?: readonly string[]): Promise<TestDeletion>;
}

/** What is kept of a deletion. */
export interface KeptDeletion {
  id: string;
  uids: readonly string[];
  before: Date;
  attempt: number;
  status: number;
  parts: TestPart[];
  reports: DataStatusReport[];
}

type Report = DataStatusReport & { service: string };

/** @throws Refusal as the hub refuses. Source: contract section 6. */
export function readReport(
  json: unknown,
  known: { service: string; categories: readonly string[] | undefined },
): Report {
  const report = readFields(json, {
    required: {
      yandex_uid: isUid,
      category_id: isName(64),
      state: isOneOf("deleted", "delete_failed"),
      service: isText(64),
    },
    optional: {
      deletion_id: isName(64),
      attempt: isAttempt,
      outcome: isOneOf("erased", "anonymized", "retained", "nothing_found"),
      retained_until: isInstant,
      reason: isText(256),
      error: errorFields,
      retriable: isBoolean,
      completed_at: isInstant,
      from: isInstant,
      to: isInstant,
    },
  }) as unknown as Report;
  if (report.service !== known.service) throw new Refusal("service_mismatch");
  if (known.categories && !known.categories.includes(report.category_id)) {
    throw new Refusal("category_unknown");
  }
  return report;
}

/**
 * What a report changes. Repeats change nothing; `deleted` wins over `delete_failed`; what an older
 * attempt says of a failure is ignored.
 * @throws Refusal `stale_deletion` when the report is of another deletion than the newest.
 * Source: contract section 6.
 */
export function applyReport(deletions: readonly KeptDeletion[], report: Report): void {
  const about = deletions.filter(
    ({ uids, parts }) =>
      uids.includes(report.yandex_uid) &&
      parts.some(({ category }) => category === report.category_id),
  );
  const newest = about.at(-1);
  if (report.deletion_id !== undefined && report.deletion_id !== newest?.id) {
    throw new Refusal("stale_deletion");
  }
  if (!newest) return;
  const { service: _, ...kept } = report;
  newest.reports.push(kept);
  const part = newest.parts.find(({ category }) => category === report.category_id);
  if (part && moves(report, newest, part)) Object.assign(part, partOf(report));
}

function moves(report: Report, { before, attempt }: KeptDeletion, part: TestPart): boolean {
  if (part.state === "deleted") return false;
  const isOlder = [report.completed_at, report.to].some(
    (instant) => instant !== undefined && new Date(instant) < before,
  );
  if (report.deletion_id === undefined && isOlder) return false;
  if (report.state === "deleted") return true;
  return part.state !== "delete_failed" && (report.attempt ?? attempt) >= attempt;
}

function partOf({ state, outcome, retained_until, reason, error, retriable }: Report) {
  return {
    state,
    ...(state === "deleted" ? { outcome: outcome ?? "erased" } : { retriable: retriable ?? true }),
    ...(retained_until === undefined ? {} : { retainedUntil: new Date(retained_until) }),
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error: { message: "", ...error } }),
  };
}

/**
 * What the answer of a delete call changes.
 * @param completion - as the hub's configuration has it.
 * Source: contract section 7.
 */
export async function applyAnswer(
  kept: KeptDeletion,
  called: readonly TestPart[],
  answer: Response,
  completion: "report" | "answer",
): Promise<void> {
  kept.status = answer.status;
  // A report may have come before the answer.
  const open = called.filter(({ state }) => state === "calling");
  const move = (change: Partial<TestPart>) => {
    for (const part of open) Object.assign(part, change);
  };
  const body = (await answer.json().catch(() => ({}))) as Record<string, string>;
  if (answer.status === 200 && completion === "answer") {
    return move({
      state: "deleted",
      outcome: body.outcome ?? "erased",
      ...(body.retained_until === undefined
        ? {}
        : { retainedUntil: new Date(body.retained_until) }),
      ...(body.reason === undefined ? {} : { reason: body.reason }),
    });
  }
  if (answer.status === 200 || answer.status === 202) return move({ state: "accepted" });
  move({
    state: "delete_failed",
    retriable: !isFinal(answer),
    error: { code: body.code ?? `http_${answer.status}`, message: body.title ?? "" },
    ...(body.reason === undefined ? {} : { reason: body.reason }),
  });
}
