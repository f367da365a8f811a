import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { JWK } from "jose";
import { ticketKinds } from "../../../../generated/tickets.ts";
import { CouldNotRun } from "../breach.ts";
import { createRecorded, type Recorded } from "../recorded.ts";
import type {
  ReceivedExportReport,
  ReceivedFile,
  ReceivedReport,
  Reply,
  Responder,
} from "./report.ts";
import { faultOfForm } from "./report-form.ts";
import type { ServiceTickets } from "./service-tickets.ts";
import { readUploadPath, receiveFile } from "./uploads.ts";

/** As much of a hub as a connected service sees. It keeps whatever it is sent. */
export interface PlayedHub {
  readonly reports: Recorded<ReceivedReport>;
  readonly exportReports: Recorded<ReceivedExportReport>;
  readonly files: Recorded<ReceivedFile>;
  /** How often its keys were read. */
  readonly keyReads: number;
  /** Under which origin the service knows it, as far as it has called already. */
  readonly origin: string;
  /** While true its keys cannot be read. */
  keysAway: boolean;
  /** Says how reports about a user are answered, until `undefined` is set. */
  answerReportsOf(uid: string, responder: Responder | undefined): void;
  close(): Promise<void>;
}

/** What a played hub is made of. */
export interface PlayedHubOptions {
  host: string;
  port: number;
  service: string;
  jwks: { readonly keys: readonly JWK[] };
  serviceTickets: ServiceTickets;
}

const longestReport = 64 * 1024;
// Uploads may take their time.
const slowestRequestMs = 10 * 60_000;

/** @throws CouldNotRun when the port is not to be had. */
export async function playHub(options: PlayedHubOptions): Promise<PlayedHub> {
  const { host, port, service, jwks, serviceTickets } = options;
  const reports = createRecorded<ReceivedReport>();
  const exportReports = createRecorded<ReceivedExportReport>();
  const files = createRecorded<ReceivedFile>();
  const responders = new Map<string, Responder>();
  const seen = { keyReads: 0, origin: `http://${host}:${port}`, keysAway: false };

  async function answer(request: IncomingMessage): Promise<Said> {
    if (request.headers.host) seen.origin = `http://${request.headers.host}`;
    const { method, url = "" } = request;
    const path = url.replace(/[?#].*$/, "").replace(/(?<=.)\/$/, "");
    if (method === "GET" && path === "/.well-known/jwks.json") return giveKeys();
    if (method === "POST" && path === "/takeout/set_data_status") return takeReport(request);
    if (method === "POST" && path === "/takeout/set_export_status")
      return takeExportReport(request);
    const upload = method === "PUT" ? readUploadPath(path) : undefined;
    if (upload) return takeFile(request, upload);
    request.resume();
    return refusal(404, "not_found");
  }

  function giveKeys(): Said {
    if (seen.keysAway) return refusal(503, "unavailable");
    seen.keyReads += 1;
    return { status: 200, body: jwks };
  }

  async function takeReport(request: IncomingMessage): Promise<Said> {
    const { body, ...faults } = await readReport<ReceivedReport["body"]>(request, "data");
    const report: ReceivedReport = { at: Date.now(), body, ...faults, reply: "pending" };
    const responder = responders.get(String(report.body.yandex_uid));
    reports.add(report);
    report.reply = (await responder?.(report)) ?? ordinaryReply(report);
    return saidBy(report.reply, faults.ticketFault);
  }

  async function takeExportReport(request: IncomingMessage): Promise<Said> {
    const { body, ...faults } = await readReport<ReceivedExportReport["body"]>(request, "export");
    exportReports.add({ body, ...faults });
    return saidBy(ordinaryReply(faults), faults.ticketFault);
  }

  async function takeFile(
    request: IncomingMessage,
    upload: { jobId: string; encoded: string },
  ): Promise<Said> {
    const ticketFault = await serviceTickets.faultOf(ticketOf(request));
    const file = await receiveFile(request, upload, ticketFault);
    files.add(file);
    if (ticketFault) return saidBy(401, ticketFault);
    if (isClosed(upload.jobId)) return refusal(409, "part_closed");
    if (file.fault) return refusal(400, "bad_request");
    return { status: 200, body: { bytes: file.bytes, sha256: file.sha256 } };
  }

  function isClosed(jobId: string): boolean {
    return exportReports.all.some(({ body, ...faults }) => {
      const isLast = body.state !== "export_failed" && ordinaryReply(faults) === 200;
      return body.job_id === jobId && isLast;
    });
  }

  async function readReport<Body>(request: IncomingMessage, kind: "data" | "export") {
    const ticketFault = await serviceTickets.faultOf(ticketOf(request));
    const body = await readJson(request);
    const formFault = faultOfForm(kind, body, service);
    return { body: (body ?? {}) as Body, ticketFault, formFault };
  }

  const server = createServer({ requestTimeout: slowestRequestMs }, (request, response) => {
    answer(request).then(
      (said) => tell(response, said),
      () => response.destroy(),
    );
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", (error) => {
      failed(new CouldNotRun(`--listen: port ${port} cannot be used (${error.message})`));
    });
    server.listen(port, host, listening);
  });

  return {
    reports,
    exportReports,
    files,
    get keyReads() {
      return seen.keyReads;
    },
    get origin() {
      return seen.origin;
    },
    get keysAway() {
      return seen.keysAway;
    },
    set keysAway(away: boolean) {
      seen.keysAway = away;
    },
    answerReportsOf: (uid, responder) => {
      if (responder) responders.set(uid, responder);
      else responders.delete(uid);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** As a hub answers that is well: a report with a fault is refused for good. */
function ordinaryReply(faults: { ticketFault: string | undefined; formFault: string | undefined }) {
  if (faults.ticketFault) return 401;
  if (faults.formFault) return faults.formFault.includes("own name") ? 403 : 400;
  return 200;
}

const codes: Readonly<Record<number, string>> = {
  400: "bad_request",
  401: "service_ticket_invalid",
  403: "service_mismatch",
  409: "stale_deletion",
  429: "rate_limited",
  503: "unavailable",
};

/** `cut`: nothing is said, the connection ends. */
type Said = { status: number; body: object } | "cut";

function saidBy(reply: Reply, ticketFault: string | undefined): Said {
  if (reply === "cut") return "cut";
  if (reply < 400) return { status: reply, body: {} };
  const isMissing = reply === 401 && ticketFault?.startsWith("no ");
  const code = isMissing ? "service_ticket_missing" : codes[reply];
  return refusal(reply, code ?? "internal_error");
}

function refusal(status: number, code: string): Said {
  const title = "Refused by the conformance kit";
  return { status, body: { title, status, code, request_id: "conform" } };
}

function tell(response: ServerResponse, said: Said): void {
  if (said === "cut") {
    response.destroy();
    return;
  }
  const type = said.status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(said.status, { "content-type": type }).end(JSON.stringify(said.body));
}

function ticketOf(request: IncomingMessage): string | undefined {
  return request.headers[ticketKinds.service.header.toLowerCase()]?.toString();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= longestReport) chunks.push(chunk);
  }
  if (size > longestReport) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}
