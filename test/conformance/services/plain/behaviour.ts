import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { Job } from "./jobs.ts";
import type { Settings } from "./settings.ts";

/** What the steps of a job are done with. */
export interface Steps {
  /** Erases what the job names; resolves when it is committed. */
  erase(): Promise<"erased" | "nothing_found">;
  /** Resolves when the hub has taken the report, or has refused it for good. */
  report(body: Readonly<Record<string, unknown>>): Promise<"taken" | "refused">;
}

/** What a service may do in another way than it should: each wrong service replaces some of this. */
export interface Behaviour {
  /** How a ticket is judged: the status of a refusal, or `undefined`. */
  judgeTicket(ticket: string | undefined, settings: Settings): Promise<401 | 503 | undefined>;
  /** Until when rows are erased. */
  fenceOf(job: Job): Date;
  /** What a call for a known job changes of it. */
  again(known: Job): Job;
  /** Carries a job out. */
  carryOut(job: Job, steps: Steps): Promise<void>;
  stateAtWork: "delete_in_progress" | "empty" | "ready_to_delete";
  keepsJobsIn: "database" | "memory";
  /** Milliseconds that the work takes beside the database. */
  workMs: number;
  /** Milliseconds between repeats of a report. */
  reportAgainMs: number;
  /** The codes with which the hub ends the repeats. */
  isFinal(status: number): boolean;
  /** Which of a user's accounts are looked at. */
  uidsOf(uids: readonly string[]): readonly string[];
  longestBody: number;
  /** The same for one path, where it differs. */
  longestBodyAt: Readonly<Record<string, number>>;
  slowestBodyMs: number;
  /** What the body of an error tells beside its code. */
  detailOf(text: string, path: string): string | undefined;
  /** What is wrong with a body, if anything. */
  faultOf(body: unknown, isDelete: boolean): string | undefined;
  /** The status code for a call of a deletion that is known; it is taken where there is none. */
  answerToRepeat: number | undefined;
  /** The categories whose rows go with one. */
  erasedWith(category: string): readonly string[];
  /** Changes a report before it is sent. */
  dress(report: Readonly<Record<string, unknown>>): object;
  audienceOfReports: string | undefined;
  /** Whether there is anything to delete of a category that the service does not hold. */
  stateOfUnknown: "empty" | "ready_to_delete";
  /** Bytes of the file that an export gives in its answer; none: it is uploaded. */
  inlineBytes: number | undefined;
  exportName(): string;
  /** What an export of that user fails with; none: it succeeds. */
  exportError(uid: string): object | undefined;
  /** By what an export is known again. */
  exportKey(jobId: string): string;
}

const keySets = new WeakMap<Settings, ReturnType<typeof createRemoteJWKSet>>();

function keysOf(settings: Settings) {
  const url = new URL(`${settings.hubUrl}/.well-known/jwks.json`);
  const keys = keySets.get(settings) ?? createRemoteJWKSet(url, { cooldownDuration: 30_000 });
  keySets.set(settings, keys);
  return keys;
}

const refusedHeaders = ["jku", "x5u", "jwk", "crit"];

/** As the contract demands it, section 3. What is given leaves single demands out. */
export async function judgeTicket(
  ticket: string | undefined,
  settings: Settings,
  leaveOut: {
    audience?: true;
    subject?: true;
    typ?: true;
    headers?: true;
    lifetime?: true;
    skew?: true;
  } = {},
): Promise<401 | 503 | undefined> {
  if (!ticket) return 401;
  try {
    const { payload, protectedHeader } = await jwtVerify(ticket, keysOf(settings), {
      algorithms: ["EdDSA", "ES256"],
      ...(!leaveOut.typ && { typ: "service-ticket+jwt" }),
      ...(!leaveOut.subject && { issuer: "takeout", subject: "takeout" }),
      ...(!leaveOut.audience && { audience: settings.service }),
      clockTolerance: leaveOut.skew ? 0 : 30,
      requiredClaims: leaveOut.lifetime ? [] : ["iat", "exp"],
    });
    const { aud, iat = 0, exp = 0 } = payload;
    if (!leaveOut.audience && typeof aud !== "string") return 401;
    const skewSeconds = leaveOut.skew ? 0 : 30;
    const isAhead = iat > Date.now() / 1000 + skewSeconds;
    if (!leaveOut.lifetime && (exp - iat > 3600 || isAhead)) return 401;
    const { kid } = protectedHeader;
    if (!leaveOut.headers && (!kid || refusedHeaders.some((name) => name in protectedHeader))) {
      return 401;
    }
    return undefined;
  } catch (error) {
    return isRefusal(error) ? 401 : 503;
  }
}

function isRefusal(error: unknown): boolean {
  const isAway = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
  return !isAway && (error as errors.JOSEError).code !== "ERR_JOSE_GENERIC";
}

/** Nothing wrong. */
export const soundBehaviour: Behaviour = {
  judgeTicket,
  fenceOf: (job) => job.fence,
  again: (known) => known,
  async carryOut(job, { erase, report }) {
    const outcome = job.outcome ?? (await erase());
    await report({ state: "deleted", outcome });
  },
  stateAtWork: "delete_in_progress",
  keepsJobsIn: "database",
  workMs: 200,
  reportAgainMs: 300,
  isFinal: (status) => status >= 400 && status < 500 && ![408, 425, 429].includes(status),
  uidsOf: (uids) => uids,
  longestBody: 1024 * 1024,
  longestBodyAt: {},
  slowestBodyMs: 10_000,
  detailOf: () => undefined,
  faultOf,
  answerToRepeat: undefined,
  erasedWith: (category) => [category],
  dress: (report) => report,
  audienceOfReports: "takeout",
  stateOfUnknown: "empty",
  inlineBytes: undefined,
  exportName: () => "things.json",
  exportError: () => undefined,
  exportKey: (jobId) => jobId,
};

function faultOf(body: unknown, isDelete: boolean): string | undefined {
  const { yandex_uids: accounts, categories, to } = (body ?? {}) as Record<string, unknown>;
  const isUid = (account: { uid?: unknown } | null) => /^[1-9]\d{0,31}$/.test(`${account?.uid}`);
  const isTime = typeof to === "string" && Number.isFinite(Date.parse(to));
  if (!Array.isArray(accounts) || accounts.length === 0 || !accounts.every(isUid)) return "users";
  if (!Array.isArray(categories) || categories.length === 0) return "categories";
  return isTime || !isDelete ? undefined : "to";
}
