import type { Identity } from "../../domain/identity.ts";
import {
  acceptExport,
  type ExportRequest,
  findRequestedExport,
  joinExport,
  type NewExport,
} from "../../store/exports/accept.ts";
import { newId } from "../../store/ids.ts";
import { sealSnapshot } from "../../store/seal.ts";
import type { FlowContext } from "../context.ts";
import { resolveIdentity } from "../resolve-identity.ts";

export interface SubmitExportInput {
  readonly uid: string;
  /** The client that asks. */
  readonly portal: string;
  /** The portal's `request_id`. */
  readonly takeoutRequestId: string;
  readonly requestId: string;
}

/**
 * Accepts a user's wish for a copy: when this returns, it is recorded and queued (rule 1). A repeat of the
 * `request_id`, or any request while an export of the user runs, starts nothing; it is looked up before identity.
 *
 * @throws TakeoutError `identity_unavailable`, or `unavailable`: then the outcome may be open, and a repeat settles it.
 * Source: contract 8.
 */
export async function submitExport(
  context: FlowContext,
  input: SubmitExportInput,
): Promise<{ readonly exportId: string }> {
  const { store, subjects } = context;
  const request: ExportRequest = {
    subjects: subjects.allOf(input.uid),
    keys: subjects.requestKeys(input.takeoutRequestId),
  };
  const known = (await findRequestedExport(store, request)) ?? (await joinExport(store, request));
  if (known !== null) return { exportId: known };
  const { uid, requestId } = input;
  const identity = await resolveIdentity(context, { uid, requestId, origin: "portal" });
  return { exportId: await acceptExport(store, newExport(context, input, request, identity)) };
}

function newExport(
  context: FlowContext,
  input: SubmitExportInput,
  request: ExportRequest,
  identity: Identity,
): NewExport {
  const { keyring, registry, rules, subjects } = context;
  const id = newId(context.clock);
  const reportUid = identity.uids[0]?.uid ?? input.uid;
  const snapshot = { reportUid, requestId: input.takeoutRequestId, identity };
  const uids = new Set([input.uid, ...identity.uids.map(({ uid }) => uid)]);
  return {
    id,
    subjects: subjects.allOf(reportUid),
    request,
    portal: input.portal,
    delivery: rules.delivery,
    deadlineMs: rules.exportDeadlineMs,
    services: registry.services.filter((service) => service.export).map(({ name }) => name),
    snapshot: sealSnapshot(keyring.current, id, snapshot),
    aliases: [...uids].map(subjects.of),
  };
}
