import { DutyBroken } from "./breach.ts";
import { type Answer, describe, isAnswer } from "./calls.ts";
import type { ReceivedReport } from "./hub/report.ts";
import type { CallChange, Kit } from "./kit.ts";
import type { TestUser } from "./user.ts";

/** One accepted wish to delete, as the hub carries it out. */
export interface Deletion {
  readonly id: string;
  readonly user: TestUser;
  readonly categories: readonly string[];
  /** The fence. */
  readonly to: Date;
  /** The body of a call of it. */
  body(attempt?: number): object;
}

/** A call of a deletion, and how many reports there were before it. */
export interface SentCall {
  attempt: number;
  answer: Answer;
  reportsBefore: number;
}

/** @param options.to - the fence; this moment by default. */
export function newDeletion(
  user: TestUser,
  options: { categories: readonly string[]; to?: Date },
): Deletion {
  const id = crypto.randomUUID();
  const { categories, to = new Date() } = options;
  const body = (attempt = 1) => ({
    ...user.body,
    categories,
    deletion_id: id,
    report_uid: user.uid,
    to: to.toISOString(),
    attempt,
  });
  return { id, user, categories, to, body };
}

/** Calls the service for a deletion. */
export async function call(
  kit: Kit,
  deletion: Deletion,
  attempt = 1,
  change: CallChange = {},
): Promise<SentCall> {
  const reportsBefore = kit.hub.reports.all.length;
  const answer = await kit.call("delete", deletion.body(attempt), change);
  return { attempt, answer, reportsBefore };
}

/** Whether a report is about this deletion; a plain one, without `deletion_id`, by its user. */
export function isAbout(deletion: Deletion, { body }: ReceivedReport): boolean {
  const uids = [deletion.user.uid, ...deletion.user.otherUids];
  return (
    uids.includes(body.yandex_uid ?? "") &&
    deletion.categories.includes(body.category_id ?? "") &&
    (body.deletion_id ?? deletion.id) === deletion.id
  );
}

/** The reports that came for a deletion after one of its calls was sent. */
export function reportsSince(
  kit: Kit,
  deletion: Deletion,
  { reportsBefore, attempt }: Omit<SentCall, "answer">,
): readonly ReceivedReport[] {
  return kit.hub.reports.all
    .slice(reportsBefore)
    .filter((report) => isAbout(deletion, report) && (report.body.attempt ?? attempt) >= attempt);
}

/**
 * Waits until the service has said of every category of the call that it is deleted, by the answer
 * or by reports.
 * @throws DutyBroken when it refuses, fails, or does not say so in time.
 * Source: contract section 7.
 */
export async function expectDeleted(kit: Kit, deletion: Deletion, sent: SentCall): Promise<void> {
  expectTaken(kit, sent.answer);
  if (closesByAnswer(kit, sent.answer)) return;
  await expectReports(kit, deletion, sent);
}

/** Whether the answer itself closes the categories. */
export function closesByAnswer({ completion }: Kit, answer: Answer): boolean {
  return completion === "answer" && isAnswer(answer, 200);
}

const outcomes: readonly unknown[] = [
  undefined,
  "erased",
  "anonymized",
  "retained",
  "nothing_found",
];

/** @throws DutyBroken when the hub would count the answer as anything else than taken. */
export function expectTaken(kit: Kit, answer: Answer): void {
  const isTaken = isAnswer(answer, 200, 202);
  if (isTaken && !(closesByAnswer(kit, answer) && !isOutcome(answer))) return;
  throw new DutyBroken({
    expected: "the delete call is answered 200 or 202",
    happened: isTaken
      ? "200 with a body that is neither empty nor an outcome"
      : `${describe(answer)}${reasonOf(answer)}`,
    lookAt: "the handler of POST /v1/takeout/delete/ and the service's log at this moment",
  });
}

/** Whether the hub would make the call again: a service that is busy may ask for that. */
export function asksForRepeat(answer: Answer): boolean {
  if (answer.kind === "silence") return false;
  return answer.status >= 500 || [408, 425, 429].includes(answer.status);
}

function isOutcome(answer: Answer): boolean {
  if (answer.kind !== "answer" || answer.text.trim() === "") return true;
  const body = answer.json as { outcome?: unknown } | null | undefined;
  return typeof body === "object" && body !== null && outcomes.includes(body.outcome);
}

function reasonOf(answer: Answer): string {
  const reason = answer.kind === "answer" && (answer.json as { reason?: unknown } | null)?.reason;
  return typeof reason === "string" ? `, reason \`${reason.slice(0, 64)}\`` : "";
}

const graceMs = 2_000;

/** @throws DutyBroken when a category is not reported as deleted in time. */
export async function expectReports(
  kit: Kit,
  deletion: Deletion,
  sent: Omit<SentCall, "answer">,
): Promise<void> {
  const come = () => reportsSince(kit, deletion, sent);
  const isDeleted = (id: string) =>
    come().some(({ body }) => body.category_id === id && body.state === "deleted");
  const isTold = (id: string) => come().some(({ body }) => body.category_id === id);
  const every = (is: (id: string) => boolean, ms: number) =>
    kit.hub.reports.waitFor(() => deletion.categories.every(is) || undefined, ms);
  await every(isTold, kit.patienceMs);
  // A failure may be followed by a success that the service came to by itself.
  await every(isDeleted, Math.min(graceMs, kit.patienceMs));
  const open = deletion.categories.filter((id) => !isDeleted(id));
  if (open.length === 0) return;
  throw new DutyBroken({
    expected: `within ${kit.patienceMs / 1000} s after the call a report \`deleted\` of each of its categories`,
    happened: open.map((id) => `category ${id}: ${lastOf(id, come())}`).join(", "),
    lookAt: hintOf(kit),
  });
}

function lastOf(category: string, reports: readonly ReceivedReport[]): string {
  const last = reports.findLast(({ body }) => body.category_id === category);
  if (!last) return "no report";
  const code = last.body.error?.code;
  return `\`${last.body.state}\`${code ? ` (${String(code).slice(0, 64)})` : ""}`;
}

function hintOf(kit: Kit): string {
  const uids = new Set(kit.users.flatMap((user) => [user.uid, ...user.otherUids]));
  const stray = kit.hub.reports.all.filter(({ body }) => !uids.has(body.yandex_uid ?? ""));
  if (stray.length > 0) {
    return `the report's \`yandex_uid\`: ${stray.length} came for users of whom nothing was asked; send \`report_uid\``;
  }
  return kit.hub.reports.all.length === 0
    ? `what calls /takeout/set_data_status, and whether it knows the hub as ${kit.hub.origin} (or, if the hub has \`completion: answer\` for this service, give --completion answer)`
    : "what calls /takeout/set_data_status when the work is done, and the service's log";
}
