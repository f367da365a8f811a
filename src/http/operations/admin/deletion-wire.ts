import type { Proposal, ShownDeletion, ShownEvent, ShownPart } from "../../../domain/shown.ts";
import type { DeletionWithTimeline } from "../../../flows/admin/get-deletion.ts";

/** A deletion in the contract's words. */
export function deletionToWire(deletion: ShownDeletion) {
  const { fenceAt, closedAt, retryOf, proposal } = deletion;
  return {
    deletion_id: deletion.id,
    state: deletion.state,
    origin: deletion.origin,
    accepted_at: instant(deletion.acceptedAt),
    ...(fenceAt !== null && { fence_at: instant(fenceAt) }),
    ...(closedAt !== null && { closed_at: instant(closedAt) }),
    ...(retryOf !== null && { retry_of: retryOf }),
    parts: deletion.parts.map(partToWire),
    ...(proposal && { proposal: proposalToWire(proposal) }),
  };
}

export function timelineToWire({ deletion, timeline, isCut }: DeletionWithTimeline) {
  return {
    ...deletionToWire(deletion),
    timeline: timeline.map(eventToWire),
    is_timeline_cut: isCut,
  };
}

function partToWire(part: ShownPart) {
  const { outcome, retainedUntil, nextAt, waitsFor } = part;
  return {
    category_id: part.categoryId,
    service: part.service,
    state: part.state,
    attempt: part.attempt,
    ...(outcome !== null && { outcome }),
    ...(retainedUntil !== null && { retained_until: instant(retainedUntil) }),
    ...errorToWire(part.errorCode, part.reason),
    ...(nextAt !== null && { next_at: instant(nextAt) }),
    ...(waitsFor.length > 0 && { waits_for: waitsFor }),
  };
}

function eventToWire(event: ShownEvent) {
  return {
    at: instant(event.at),
    category_id: event.categoryId,
    service: event.service,
    attempt: event.attempt,
    event: event.event,
    state: event.state,
    source: event.source,
    ...errorToWire(event.errorCode, null),
  };
}

function proposalToWire({ state, service, reason, login, proposedAt }: Proposal) {
  return {
    state,
    ...(service !== null && { service }),
    reason,
    login,
    proposed_at: instant(proposedAt),
  };
}

function errorToWire(code: string | null, reason: string | null) {
  return code === null ? {} : { error: { code, ...(reason !== null && { reason }) } };
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
