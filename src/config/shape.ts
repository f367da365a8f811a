import { z } from "zod";
import { defaults } from "./defaults.ts";
import { quote } from "./fault.ts";
import { parseDuration, parseRate } from "./quantities.ts";

/** Calls wait on a timer, and a call without an end in sight would hold a place in its service's queue. */
const longestTimeoutMs = 3_600_000;

const text = z.string().min(1).max(1024);
const flag = z.boolean();
const identifier = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/);
const count = (most: number) => z.int().min(1).max(most);

/** A duration longer than nothing. */
const duration = (mostMs = Number.POSITIVE_INFINITY) =>
  z.unknown().transform((value, context) => {
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= mostMs)
      return milliseconds;
    context.addIssue(explainDuration(value, milliseconds));
    return z.NEVER;
  });

const timeout = () => duration(longestTimeoutMs);

function explainDuration(value: unknown, milliseconds: number | undefined): string {
  if (milliseconds === undefined) {
    return `expected a duration such as 500ms, 3s, 10m, 24h or 30d, got ${quote(value)}`;
  }
  return milliseconds === 0 ? "must be longer than nothing" : "must be at most 1h";
}

const trustFor = z.unknown().transform((value, context) => {
  const milliseconds = value === "forever" ? Number.POSITIVE_INFINITY : parseDuration(value);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue(`expected a duration such as 1h, or forever, got ${quote(value)}`);
  return z.NEVER;
});

const rate = z.unknown().transform((value, context) => {
  const parsed = parseRate(value);
  if (parsed !== undefined) return parsed;
  context.addIssue(`expected a rate such as 2000/s, 120/m or 10/h, got ${quote(value)}`);
  return z.NEVER;
});

/** A base URL; credentials in it would be logged, a query or fragment would be lost when a path is added. */
const baseUrl = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const message = explainUrl(url);
  if (url !== undefined && message === undefined) return url.href.replace(/\/+$/, "");
  context.addIssue(message ?? "expected an http or https URL");
  return z.NEVER;
});

function explainUrl(url: URL | undefined): string | undefined {
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "expected an http or https URL";
  if (url.username !== "" || url.password !== "") return "must not bear credentials";
  // One that is empty too: what is added behind it would be part of it.
  return /[?#]/.test(url.href) ? "must not bear a query or a fragment" : undefined;
}

/** Without `driver` a choice is its first driver, so that one may write `blobs: { path: … }`. */
const withDriver = <T extends z.ZodType>(driver: string, choice: T) =>
  z.preprocess(
    (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value) && !("driver" in value)
        ? { driver, ...value }
        : value,
    choice,
  );

/**
 * A file, a key or a key set, `"https://…"`, or `{ url, insecure }`, where `insecure: true` allows plain http
 * beyond this machine. Keys and the names in maps are looked at elsewhere, on the raw document.
 */
const keys = z.unknown().optional();

const service = z.strictObject({
  url: baseUrl,
  keys,
  categories: z.array(identifier).min(1).optional(),
  export: flag.prefault(defaults.service.export),
  completion: z.enum(["report", "answer"]).prefault(defaults.service.completion),
  after: z.array(text).prefault([]),
  attempts: count(1_000_000).prefault(defaults.service.attempts),
  backoff: z
    .strictObject({
      first: duration().prefault(defaults.service.backoff.first),
      max: duration().prefault(defaults.service.backoff.max),
    })
    .prefault({}),
  timeout: z
    .strictObject({
      status: timeout().prefault(defaults.service.timeout.status),
      delete: timeout().prefault(defaults.service.timeout.delete),
      export: timeout().prefault(defaults.service.timeout.export),
    })
    .prefault({}),
  report_within: duration().prefault(defaults.service.report_within),
  concurrency: count(10_000).prefault(defaults.service.concurrency),
});

const portal = z.strictObject({
  keys,
  allow: z.array(z.enum(["status", "delete", "export"])).prefault([...defaults.portal.allow]),
  errors_as_200: flag.prefault(false),
  require_user_ticket: flag.prefault(false),
  storage: baseUrl.optional(),
});

const operators = z.strictObject({
  keys,
  roles: z.record(z.string(), z.enum(["operator", "viewer"])).prefault({}),
});

/** Travels in a header; no fault quotes it, not even where YAML took it for a number. */
const token = z.unknown().transform((value, context) => {
  const trimmed = typeof value === "string" ? value.trim() : "";
  if (/^[\x21-\x7e]{1,1024}$/.test(trimmed)) return trimmed;
  const problem =
    value === undefined ? "is required" : "expected visible ASCII characters in quotes";
  context.addIssue(problem);
  return z.NEVER;
});

const tickets = withDriver(
  "jwt",
  z.discriminatedUnion("driver", [
    z.strictObject({ driver: z.literal("jwt") }),
    z.strictObject({
      driver: z.literal("tvmtool"),
      url: baseUrl,
      token,
      ids: z.record(z.string().regex(/^[1-9][0-9]{0,9}$/), text),
    }),
  ]),
);

const blobs = withDriver(
  "fs",
  z.discriminatedUnion("driver", [
    z.strictObject({ driver: z.literal("fs"), path: text.prefault(defaults.blobs.path) }),
    z.strictObject({
      driver: z.literal("s3"),
      bucket: text,
      endpoint: baseUrl.optional(),
      region: text.optional(),
    }),
  ]),
);

/** The document of contract section 12: every key, every default, durations already in milliseconds. */
export const shape = z.strictObject({
  hub: z
    .strictObject({
      client: text.prefault(defaults.hub.client),
      public_url: baseUrl.prefault(defaults.hub.public_url),
    })
    .prefault({}),
  tickets: tickets.prefault({ driver: "jwt" }),
  portals: z.record(z.string(), portal).prefault({}),
  operators: z.record(z.string(), operators).prefault({}),
  identity: z
    .strictObject({
      url: baseUrl.prefault(defaults.identity.url),
      client: text.prefault(defaults.identity.client),
      timeout: timeout().prefault(defaults.identity.timeout),
    })
    .optional(),
  status: z
    .strictObject({
      budget: timeout().prefault(defaults.status.budget),
      trust_for: trustFor.prefault(defaults.status.trust_for),
    })
    .prefault({}),
  stuck: z
    .strictObject({
      warn_after: duration().prefault(defaults.stuck.warn_after),
      alarm_after: duration().prefault(defaults.stuck.alarm_after),
      deadline: duration().prefault(defaults.stuck.deadline),
    })
    .prefault({}),
  keep: z
    .strictObject({
      requests: duration().prefault(defaults.keep.requests),
      ledger: duration().prefault(defaults.keep.ledger),
    })
    .prefault({}),
  blobs: blobs.prefault({ driver: "fs" }),
  export: z
    .strictObject({
      deadline: duration().prefault(defaults.export.deadline),
      delivery: z.enum(["store", "portal"]).prefault(defaults.export.delivery),
      keep: duration().prefault(defaults.export.keep),
      concurrency: count(1_000).prefault(defaults.export.concurrency),
    })
    .prefault({}),
  delete: z
    .strictObject({ concurrency: count(1_000).prefault(defaults.delete.concurrency) })
    .prefault({}),
  limits: z
    .strictObject({
      portal: rate.prefault(defaults.limits.portal),
      user: rate.prefault(defaults.limits.user),
      service: rate.prefault(defaults.limits.service),
    })
    .prefault({}),
  categories: z
    .array(z.strictObject({ id: identifier, slug: identifier }))
    .min(1)
    .max(1_000),
  services: z.record(z.string(), service),
});

/** The document after `shape` has read it; names are still those of the file. */
export type Shape = z.output<typeof shape>;
