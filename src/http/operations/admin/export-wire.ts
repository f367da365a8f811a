import type {
  ShownExport,
  ShownExportEvent,
  ShownExportPart,
} from "../../../domain/shown-export.ts";
import type { ExportWithTimeline } from "../../../flows/admin/get-export.ts";
import { instant } from "./deletion-wire.ts";

/** An export in the contract's words. */
export function exportToWire(shown: ShownExport) {
  const { step, closedAt, expiresAt, nextAt } = shown;
  return {
    job_id: shown.id,
    state: shown.state,
    delivery: shown.delivery,
    ...(step !== null && { step }),
    created_at: instant(shown.createdAt),
    updated_at: instant(shown.updatedAt),
    ...(closedAt !== null && { closed_at: instant(closedAt) }),
    ...(expiresAt !== null && { expires_at: instant(expiresAt) }),
    ...(nextAt !== null && { next_at: instant(nextAt) }),
    ...errorToWire(shown.errorCode),
    parts: shown.parts.map(partToWire),
  };
}

export function exportTimelineToWire({ shown, timeline, isCut }: ExportWithTimeline) {
  return {
    ...exportToWire(shown),
    timeline: timeline.map(eventToWire),
    is_timeline_cut: isCut,
  };
}

function partToWire({ nextAt, errorCode, ...part }: ShownExportPart) {
  return {
    ...part,
    ...errorToWire(errorCode),
    ...(nextAt !== null && { next_at: instant(nextAt) }),
  };
}

function eventToWire({ at, service, attempt, event, state, source, errorCode }: ShownExportEvent) {
  return {
    at: instant(at),
    ...(service !== null && { service }),
    attempt,
    event,
    state,
    source,
    ...errorToWire(errorCode),
  };
}

function errorToWire(code: string | null) {
  return code === null ? {} : { error: { code } };
}
