import type { PartEvent, PartState } from "../../../src/domain/part.ts";
import type { Registry } from "../../../src/domain/registry.ts";

/** A call as the service that received it wrote it down; moments in ms of the same machine's clock. */
export interface ServiceCall {
  readonly service: string;
  readonly kind: "delete" | "status";
  readonly categories: readonly string[];
  /** Of delete calls. */
  readonly deletionId: string | null;
  readonly attempt: number | null;
  readonly to: string | null;
  readonly arrivedAt: number;
  /** What was answered; `null`: nothing, as far as the service knows. */
  status: number | null;
  body: unknown;
}

export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly attempt: number;
  readonly event: PartEvent | "accepted";
  readonly from_state: PartState | null;
  readonly to_state: PartState;
  readonly source: string;
}

export interface PartRow {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly state: PartState;
  readonly attempt: number;
  readonly failures: number;
  readonly outcome: string | null;
}

export interface DeletionRow {
  readonly id: string;
  readonly seq: number;
  readonly subject: string;
  readonly accepted_at: number;
  readonly is_closed: boolean;
  readonly is_sealed: boolean;
  readonly is_to_be_destroyed: boolean;
  readonly is_to_wake: boolean;
}

export interface CategoryRow {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly subject: string;
  readonly is_closed: boolean;
  readonly is_deleted: boolean;
}

export interface ReportRow {
  readonly subject: string;
  readonly category_id: string;
  readonly service: string;
  readonly deletion_id: string | null;
  readonly state: "deleted" | "delete_failed";
  readonly received_at: number;
}

export interface History {
  readonly registry: Registry;
  readonly calls: readonly ServiceCall[];
  readonly events: readonly EventRow[];
  readonly parts: readonly PartRow[];
  readonly deletions: readonly DeletionRow[];
  readonly categories: readonly CategoryRow[];
  readonly reports: readonly ReportRow[];
  /** Other uids' subjects by which a deletion's user may be reported. */
  readonly aliases: readonly { readonly subject: string; readonly deletion_id: string }[];
}

interface PartName {
  readonly deletion_id: string;
  readonly service: string;
  readonly category_id: string;
}

export function nameOf({ deletion_id, service, category_id }: PartName): string {
  return `${deletion_id} ${service}/${category_id}`;
}

/** The events of each part, in order. */
export function byPart(history: History): Map<string, EventRow[]> {
  return Map.groupBy(history.events, nameOf);
}

export function deleteCalls(history: History) {
  return history.calls.flatMap((call) => {
    const { kind, deletionId, attempt, to } = call;
    if (kind !== "delete" || deletionId === null || attempt === null || to === null) return [];
    return [{ ...call, deletionId, attempt, to }];
  });
}
