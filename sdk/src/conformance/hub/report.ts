import type { components } from "../../../../generated/hub.ts";

/** A call of `set_data_status`, as it arrived. */
export interface ReceivedReport {
  /** Milliseconds of the process's clock. */
  at: number;
  body: Partial<components["schemas"]["SetDataStatusRequest"]>;
  /** What is wrong with its ticket or its form, if anything. */
  ticketFault: string | undefined;
  formFault: string | undefined;
  /** What it was answered. */
  reply: Reply | "pending";
}

/** A call of `set_export_status`, as it arrived. */
export interface ReceivedExportReport {
  body: {
    yandex_uid?: string;
    job_id?: string;
    state?: "exported" | "no_data" | "export_failed";
    files?: readonly { name: string; sha256?: string }[];
    error?: { code?: string };
  };
  ticketFault: string | undefined;
  formFault: string | undefined;
}

/** A file that was put. Its content is not kept. */
export interface ReceivedFile {
  jobId: string;
  /** Decoded. */
  name: string;
  bytes: number;
  sha256: string;
  /** What is wrong with it, if anything. */
  fault: string | undefined;
  ticketFault: string | undefined;
}

/** An answer to a report: a status code, or none at all. */
export type Reply = number | "cut";

/** Says how a report is answered. `undefined`: as a hub does that is well. */
export type Responder = (report: ReceivedReport) => Reply | undefined | Promise<Reply | undefined>;
