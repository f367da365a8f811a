import type { Called } from "../outgoing.ts";

export type DataState = "empty" | "ready_to_delete" | "delete_in_progress";

/** A category as the hub shows it. Instants are as it wrote them, and proven to be instants. */
export interface Category {
  readonly id: string;
  readonly slug: string;
  readonly state: DataState;
  readonly updatedAt: Date | null;
  readonly retained: readonly { service: string; reason: string | null; until: Date | null }[];
  readonly denied: readonly { service: string; reason: string | null }[];
}

/** An entry beside usable data: what is missing, or went wrong. */
export interface Trouble {
  readonly code: string;
  readonly categoryId: string | null;
  readonly service: string | null;
  readonly reason: string | null;
}

/** Why the hub did not do what it was asked. `code` is the contract's, or `no_answer` or `unreadable`. */
export interface Refusal {
  readonly kind: "refused";
  readonly code: string;
  readonly httpStatus: number | null;
  readonly reason: string | null;
  readonly retryAfterSeconds: number | null;
}

export interface Status {
  readonly kind: "ok";
  readonly categories: readonly Category[];
  readonly troubles: readonly Trouble[];
}

type Item = Record<string, unknown>;

/** The hub's word on the user's data. Unknown members are ignored, so that a newer hub is understood. */
export function readStatus(called: Called): Status | Refusal {
  if (called.kind === "silence") return refusal("no_answer");
  const body = Object(called.body) as Item;
  const isOk = called.status === 200 && body.status === "ok" && Array.isArray(body.data);
  if (!isOk) return readRefusal(called);
  const categories = listOf(body.data).map(toCategory);
  if (!categories.every((category) => category !== null)) return refusal("unreadable");
  return { kind: "ok", categories, troubles: listOf(body.errors).map(toTrouble) };
}

/** Whether the hub has taken a deletion on. */
export function readAccepted(called: Called): { readonly kind: "ok" } | Refusal {
  if (called.kind === "silence") return refusal("no_answer");
  const isOk = called.status === 200 && (Object(called.body) as Item).status === "ok";
  return isOk ? { kind: "ok" } : readRefusal(called);
}

/** The `data` of an answer that brings one object. */
export function readData(called: Called): { readonly kind: "ok"; readonly value: Item } | Refusal {
  if (called.kind === "silence") return refusal("no_answer");
  const body = Object(called.body) as Item;
  const isOk = called.status === 200 && body.status === "ok" && typeof body.data === "object";
  return isOk ? { kind: "ok", value: Object(body.data) as Item } : readRefusal(called);
}

/** By the body's code, which stands there also where a portal gets its errors with 200. */
function readRefusal(called: Called & { kind: "answer" }): Refusal {
  const [first = {}] = listOf((Object(called.body) as Item).errors);
  return {
    kind: "refused",
    code: toText(first.code) ?? "unreadable",
    httpStatus: called.status,
    reason: toText(first.reason),
    retryAfterSeconds: called.retryAfterSeconds,
  };
}

export function refusal(code: string): Refusal {
  return { kind: "refused", code, httpStatus: null, reason: null, retryAfterSeconds: null };
}

function toCategory(item: Item): Category | null {
  const { id, slug, state } = item;
  if (typeof id !== "string" || !/^[!-~]{1,64}$/.test(id)) return null;
  if (typeof slug !== "string" || !isState(state)) return null;
  return {
    id,
    slug,
    state,
    updatedAt: toInstant(item.update_date),
    retained: listOf(item.retained).map((kept) => ({
      service: toText(kept.service) ?? "",
      reason: toText(kept.reason),
      until: toInstant(kept.until),
    })),
    denied: listOf(item.denied).map(({ service, reason }) => ({
      service: toText(service) ?? "",
      reason: toText(reason),
    })),
  };
}

function toTrouble(item: Item): Trouble {
  return {
    code: toText(item.code) ?? "unreadable",
    categoryId: toText(item.category_id),
    service: toText(item.service),
    reason: toText(item.reason),
  };
}

function isState(value: unknown): value is DataState {
  return value === "empty" || value === "ready_to_delete" || value === "delete_in_progress";
}

export function listOf(value: unknown): Item[] {
  return Array.isArray(value) ? value.map((item) => Object(item) as Item) : [];
}

export function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value.slice(0, 200) : null;
}

export function toInstant(value: unknown): Date | null {
  const instant = new Date(typeof value === "string" ? value : Number.NaN);
  return Number.isNaN(instant.getTime()) ? null : instant;
}
