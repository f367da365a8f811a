import { resolve } from "node:path";
import type { ClientKeys } from "./keys.ts";
import type { Shape } from "./shape.ts";
import type { BlobsConfig, Config, ServiceConfig, TicketsConfig } from "./types.ts";

const noKeys = { keys: [] };

/**
 * Turns the document's names into ours and resolves what depends on other keys.
 *
 * @param folder - what the paths in the document are relative to.
 */
export function resolveConfig(shape: Shape, keys: ClientKeys, folder: string): Config {
  const { hub, status, stuck, keep, identity, categories } = shape;
  const ids = categories.map(({ id }) => id);
  return {
    hub: { client: hub.client, publicUrl: hub.public_url },
    tickets: resolveTickets(shape.tickets),
    ...resolveCallers(shape, keys),
    ...(identity && {
      identity: { url: identity.url, client: identity.client, timeoutMs: identity.timeout },
    }),
    status: { budgetMs: status.budget, trustForMs: status.trust_for },
    stuck: {
      warnAfterMs: stuck.warn_after,
      alarmAfterMs: stuck.alarm_after,
      deadlineMs: stuck.deadline,
    },
    keep: { requestsMs: keep.requests, ledgerMs: keep.ledger },
    blobs: resolveBlobs(shape.blobs, folder),
    export: {
      deadlineMs: shape.export.deadline,
      delivery: shape.export.delivery,
      keepMs: shape.export.keep,
      concurrency: shape.export.concurrency,
    },
    delete: shape.delete,
    limits: shape.limits,
    categories,
    services: Object.entries(shape.services).map(([name, service]) =>
      resolveService(name, service, keys, ids),
    ),
  };
}

function resolveCallers(shape: Shape, keys: ClientKeys): Pick<Config, "portals" | "operators"> {
  const portals = Object.entries(shape.portals).map(([name, portal]) => ({
    name,
    keys: keys.portals.get(name) ?? noKeys,
    allow: new Set(portal.allow),
    errorsAs200: portal.errors_as_200,
    requireUserTicket: portal.require_user_ticket,
    ...(portal.storage !== undefined && { storage: portal.storage }),
  }));
  const operators = Object.entries(shape.operators).map(([name, { roles }]) => ({
    name,
    keys: keys.operators.get(name) ?? noKeys,
    roles: new Map(Object.entries(roles)),
  }));
  return { portals: byName(portals), operators: byName(operators) };
}

function byName<T extends { name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

function resolveService(
  name: string,
  service: Shape["services"][string],
  keys: ClientKeys,
  ids: readonly string[],
): ServiceConfig {
  const { url, completion, after, attempts, backoff, timeout, concurrency } = service;
  return {
    name,
    url,
    keys: keys.services.get(name) ?? noKeys,
    categories: service.categories ?? ids,
    export: service.export,
    completion,
    after,
    attempts,
    backoff: { firstMs: backoff.first, maxMs: backoff.max },
    timeout: { statusMs: timeout.status, deleteMs: timeout.delete, exportMs: timeout.export },
    reportWithinMs: service.report_within,
    concurrency,
  };
}

function resolveTickets(tickets: Shape["tickets"]): TicketsConfig {
  return tickets.driver === "jwt"
    ? tickets
    : { ...tickets, ids: new Map(Object.entries(tickets.ids)) };
}

function resolveBlobs(blobs: Shape["blobs"], folder: string): BlobsConfig {
  if (blobs.driver === "fs") return { driver: "fs", path: resolve(folder, blobs.path) };
  const { driver, bucket, endpoint, region } = blobs;
  return {
    driver,
    bucket,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
  };
}
