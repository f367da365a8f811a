import type { DataState } from "./outcome.ts";
import type { Outcome, PartState } from "./part.ts";
import { unspecifiedReason } from "./reason.ts";
import type { Registry } from "./registry.ts";

/** What the ledger holds of a user for one (category, service). Instants in ms. */
export interface LedgerEntry {
  readonly categoryId: string;
  readonly service: string;
  /** The part in the newest deletion that has one for this service, and was not called off. */
  readonly lastPart: LedgerPart | null;
  /** The moment as of which the service itself reported the data deleted, outside any deletion. */
  readonly ownDeletedAt: number | null;
  /** When a part that is newer than `lastPart` was called off. */
  readonly calledOffAt: number | null;
}

export interface LedgerPart {
  readonly state: PartState;
  readonly closedAt: number | null;
  /** Whether another request joined the category of that deletion, or of a newer one, while it ran. */
  readonly wasJoined: boolean;
  /** Whether no newer deletion of the category exists but retries, which take up some parts only, and what was called off. */
  readonly isOfNewestDeletion: boolean;
  readonly outcome: Outcome | null;
  readonly retainedUntil: number | null;
  readonly reason: string | null;
  readonly errorCode: string | null;
}

export interface LedgerCategory {
  readonly categoryId: string;
  readonly isOpen: boolean;
  /** When the newest wholly deleted deletion of the category became so. */
  readonly updatedAt: number | null;
  /**
   * Whether the last part of each of its services is a deletion that is trusted, was not joined, and left nothing
   * behind: then there are no entries of it.
   */
  readonly isKnownEmpty?: boolean;
}

export interface LedgerView {
  readonly categories: readonly LedgerCategory[];
  readonly entries: readonly LedgerEntry[];
  /** Database time in ms. */
  readonly now: number;
}

/**
 * What each service said that was asked, by category; `null`: no usable and complete answer. One that is not
 * in it was not asked.
 */
export type Answers = ReadonlyMap<string, ReadonlyMap<string, ServiceAnswer> | null>;

export interface ServiceAnswer {
  readonly state: DataState;
  /** Why the service would refuse a deletion now. */
  readonly denied: string | null;
}

export interface CategoryStatus {
  readonly id: string;
  readonly slug: string;
  readonly state: DataState;
  readonly updatedAt: number | null;
  readonly retained: readonly { service: string; reason: string; until: number | null }[];
  readonly denied: readonly { service: string; reason: string }[];
}

export interface StatusEntryError {
  readonly code: "delete_failed" | "delete_denied" | "service_status_unavailable";
  readonly categoryId: string;
  readonly service: string;
  readonly reason: string | null;
}

export interface MergedStatus {
  readonly categories: readonly CategoryStatus[];
  readonly errors: readonly StatusEntryError[];
}

/**
 * Which services must be asked, and for which categories (S2, part 1: only those without a stored
 * state of their own; none for a category that is being deleted).
 *
 * @param trustForMs - how long a stored state is believed; `Infinity` is S2 to the letter.
 */
export function planQuestions(
  registry: Registry,
  ledger: LedgerView,
  trustForMs: number,
): Map<string, string[]> {
  const questions = new Map<string, string[]>();
  const index = indexLedger(ledger);
  for (const { id } of registry.categories) {
    const category = index.category(id);
    if (category?.isOpen || category?.isKnownEmpty) continue;
    for (const { name } of registry.servicesOf(id)) {
      if (trustedState(index.entry(id, name), ledger.now, trustForMs) !== null) continue;
      questions.set(name, [...(questions.get(name) ?? []), id]);
    }
  }
  return questions;
}

/** Merges the ledger and the services' answers into what the portal sees: contract 4. Pure. */
export function mergeStatus(
  registry: Registry,
  ledger: LedgerView,
  answers: Answers,
  trustForMs: number,
): MergedStatus {
  const index = indexLedger(ledger);
  const merged = registry.categories.map(({ id, slug }) => {
    const category = index.category(id);
    const spokenFor = category?.isKnownEmpty ? [] : registry.servicesOf(id);
    const services = spokenFor.map(({ name }) => {
      const entry = index.entry(id, name);
      const trusted = trustedState(entry, ledger.now, trustForMs);
      return { name, entry, ...judge(category?.isOpen ?? false, trusted, answers.get(name), id) };
    });
    const status: CategoryStatus = {
      id,
      slug,
      state: category?.isOpen ? "delete_in_progress" : mergeStates(services.map((s) => s.state)),
      updatedAt: category?.updatedAt ?? null,
      retained: services.flatMap(({ name, entry }) => retainedBy(name, entry, ledger.now)),
      denied: services.flatMap(({ name, denied }) =>
        denied === null ? [] : [{ service: name, reason: denied }],
      ),
    };
    return { status, errors: services.flatMap((service) => errorsOf(id, service)) };
  });
  return {
    categories: merged.map(({ status }) => status),
    errors: merged.flatMap(({ errors }) => errors),
  };
}

/** S2: whoever still deletes decides; else whoever still has data; else there is none. */
function mergeStates(states: readonly DataState[]): DataState {
  if (states.includes("delete_in_progress")) return "delete_in_progress";
  return states.includes("ready_to_delete") ? "ready_to_delete" : "empty";
}

/**
 * The state that the ledger itself vouches for, or `null` when the service must be asked.
 * The newest word counts; an older one is not believed in place of a newer one that is not trusted.
 * After a joined deletion nothing is believed: a plain report of it may come twice, and would then pass for
 * the service's own word about data that is newer than the fence.
 */
function trustedState(
  entry: LedgerEntry | undefined,
  now: number,
  trustForMs: number,
): "empty" | "ready_to_delete" | null {
  const part = entry?.lastPart;
  const never = Number.NEGATIVE_INFINITY;
  const closedAt = Math.max(part?.closedAt ?? never, entry?.calledOffAt ?? never);
  const ownAt = entry?.ownDeletedAt ?? never;
  if (now - Math.max(closedAt, ownAt) >= trustForMs || Math.max(closedAt, ownAt) < 0) return null;
  if (part?.wasJoined) return null;
  if (ownAt > closedAt) return "empty";
  // What an operator ended says nothing of the data, so the service is asked (contract 10).
  if (!part || entry.calledOffAt !== null) return null;
  if (part.state === "deleted") return "empty";
  return part.state === "delete_failed" ? "ready_to_delete" : null;
}

interface Judged {
  readonly state: DataState;
  readonly denied: string | null;
  readonly isSilent: boolean;
  readonly isSeenEmpty: boolean;
}

function judge(
  isOpen: boolean,
  trusted: DataState | null,
  answer: ReadonlyMap<string, ServiceAnswer> | null | undefined,
  categoryId: string,
): Judged {
  const nothing = { denied: null, isSilent: false, isSeenEmpty: false };
  if (isOpen) return { ...nothing, state: "delete_in_progress" };
  if (trusted !== null) return { ...nothing, state: trusted };
  const said = answer?.get(categoryId);
  // A needless deletion is harmless, a false `empty` hides a right (contract 4).
  if (said === undefined) {
    return { ...nothing, state: "ready_to_delete", isSilent: answer !== undefined };
  }
  return { ...nothing, ...said, isSeenEmpty: said.state === "empty" };
}

function retainedBy(service: string, entry: LedgerEntry | undefined, now: number) {
  const part = entry?.lastPart;
  if (part?.state !== "deleted") return [];
  const isKept =
    part.outcome === "retained" || (part.outcome === "anonymized" && part.retainedUntil !== null);
  const isOver = part.retainedUntil !== null && part.retainedUntil <= now;
  if (!isKept || isOver) return [];
  return [{ service, reason: part.reason ?? unspecifiedReason, until: part.retainedUntil }];
}

function errorsOf(
  categoryId: string,
  service: Judged & { readonly name: string; readonly entry: LedgerEntry | undefined },
): StatusEntryError[] {
  const errors: StatusEntryError[] = [];
  const about = { categoryId, service: service.name };
  if (service.isSilent) errors.push({ ...about, code: "service_status_unavailable", reason: null });
  const part = service.entry?.lastPart;
  if (part?.state === "delete_failed" && part.isOfNewestDeletion && !service.isSeenEmpty) {
    const isDenied = part.errorCode === "delete_denied";
    const reason = isDenied ? (part.reason ?? unspecifiedReason) : null;
    errors.push({ ...about, code: isDenied ? "delete_denied" : "delete_failed", reason });
  }
  return errors;
}

function indexLedger(ledger: LedgerView) {
  const categories = new Map(ledger.categories.map((row) => [row.categoryId, row]));
  const entries = new Map(ledger.entries.map((row) => [`${row.service}\n${row.categoryId}`, row]));
  return {
    category: (id: string) => categories.get(id),
    entry: (id: string, service: string) => entries.get(`${service}\n${id}`),
  };
}
