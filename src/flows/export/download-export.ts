import { TakeoutError } from "../../domain/errors.ts";
import { sealLink } from "../../store/exports/links.ts";
import type { FlowContext } from "../context.ts";
import { findOwnedExport } from "./find-owned.ts";

/** Contract 8. */
const linkWorksMs = 5 * 60_000;

/** A link to the archive: its last part, and until when it works, in ms. */
export interface DownloadLink {
  readonly link: string;
  readonly expiresAt: number;
}

/**
 * Makes a link to the archive that there is now; one more each time.
 *
 * @throws TakeoutError `job_not_found`, `archive_not_ready`, `export_expired`, `unavailable`.
 * Source: contract 8.
 */
export async function downloadExport(
  context: FlowContext,
  input: { readonly uid: string; readonly exportId: string },
): Promise<DownloadLink> {
  const { state, archiveId, expiresAt } = await findOwnedExport(context, input);
  if (state === "expired") throw new TakeoutError("export_expired");
  if (archiveId === null || expiresAt === null) throw new TakeoutError("archive_not_ready");
  const until = Math.min(Math.floor(context.clock.now()) + linkWorksMs, Math.floor(expiresAt));
  return { link: sealLink(context.keyring, { archiveId, expiresAt: until }), expiresAt: until };
}
