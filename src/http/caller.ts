import type { Operation } from "../../generated/operations.ts";
import { ticketKinds, uidPattern } from "../../generated/tickets.ts";
import type { PortalConfig } from "../config/types.ts";
import { TakeoutError } from "../domain/errors.ts";
import type { HttpContext } from "./context.ts";
import { admitClient, admitUser } from "./limits/admit.ts";

/** Who calls, once tickets and surface have been checked. */
export type Caller =
  | { readonly kind: "anybody" }
  | { readonly kind: "portal"; readonly portal: PortalConfig; readonly uid: string }
  | { readonly kind: "service"; readonly service: string; readonly kid: string }
  | OperatorCaller;

interface Sent {
  readonly headers: Headers;
  readonly query: (name: string) => string | null;
}

/** A member of staff; the roles that the configuration gives them, each with those that it includes. */
export interface OperatorCaller {
  readonly kind: "operator";
  readonly client: string;
  readonly login: string;
  readonly roles: readonly ("viewer" | "operator")[];
}

/**
 * Checks who calls, in the order of contract 2: service ticket, surface, user ticket. Both tickets are followed by
 * the limit of whom they name.
 *
 * @param sent - what the request bears outside its body.
 * @param onPortal - told as soon as a portal is known, because its errors may be presented differently.
 * @throws TakeoutError `service_ticket_missing`, `service_ticket_invalid`, `source_forbidden`,
 * `user_ticket_missing`, `user_ticket_invalid`, `user_mismatch`, `bad_request`, `rate_limited`, `auth_unavailable`.
 */
export async function identifyCaller(
  context: HttpContext,
  operation: Operation,
  { headers, query }: Sent,
  onPortal: (portal: PortalConfig) => void,
): Promise<Caller> {
  if (operation.role !== null) return await identifyOperator(context, operation, headers);
  if (operation.audience !== "portal" && operation.audience !== "service")
    return { kind: "anybody" };
  const { client, kid } = await checkServiceTicket(context, operation, headers);
  const portal = context.portals.get(client);
  if (portal) onPortal(portal);
  if (operation.audience === "service") {
    if (!context.flows.registry.findService(client)) throw new TakeoutError("source_forbidden");
    await admitClient(context, "service", client);
    return { kind: "service", service: client, kid };
  }
  if (!portal || operation.right === null || !portal.allow.has(operation.right)) {
    throw new TakeoutError("source_forbidden");
  }
  await admitClient(context, "portal", client);
  const uid =
    operation.userTicket === "required"
      ? await checkUserTicket(context, operation, headers, client)
      : await userInQuery(context, operation, { headers, query }, portal);
  await admitUser(context, client, uid);
  return { kind: "portal", portal, uid };
}

/**
 * The user whom the query names. A ticket is needed only where the portal is configured so; one that is sent must be
 * of the same user.
 */
async function userInQuery(
  context: HttpContext,
  operation: Operation,
  { headers, query }: Sent,
  portal: PortalConfig,
): Promise<string> {
  const isSent = headers.has(ticketKinds.user.header);
  const ofTicket =
    isSent || portal.requireUserTicket
      ? await checkUserTicket(context, operation, headers, portal.name)
      : null;
  const uid = query("uid");
  if (uid === null || !uidPattern.test(uid)) {
    throw new TakeoutError("bad_request", { detail: "uid is missing, or is none" });
  }
  if (ofTicket !== null && ofTicket !== uid) throw new TakeoutError("user_mismatch");
  return uid;
}

/** Which role is needed is looked at by whoever notes that it was missing. */
async function identifyOperator(
  context: HttpContext,
  operation: Operation,
  headers: Headers,
): Promise<OperatorCaller> {
  const { client } = await checkServiceTicket(context, operation, headers);
  const staff = context.operators.get(client);
  if (!staff) throw new TakeoutError("source_forbidden");
  const login = await checkUserTicket(context, operation, headers, client);
  const role = staff.roles.get(login);
  const roles = role === "operator" ? (["viewer", "operator"] as const) : role ? [role] : [];
  return { kind: "operator", client, login, roles };
}

/** @throws TakeoutError `role_required`. */
export function checkRole(operation: Operation, caller: Caller): void {
  if (caller.kind !== "operator") return;
  if (!caller.roles.some((role) => role === operation.role))
    throw new TakeoutError("role_required");
}

async function checkServiceTicket(context: HttpContext, operation: Operation, headers: Headers) {
  const token = headers.get(ticketKinds.service.header);
  const refuse = (reason: string) =>
    context.log.warn({ operation: operation.id, reason }, "service ticket refused");
  if (!token) {
    refuse("missing");
    throw new TakeoutError("service_ticket_missing");
  }
  const checked = await context.verifier.verifyServiceTicket(token);
  if (checked.kind === "ok") return checked;
  if (checked.kind === "unavailable")
    throw new TakeoutError("auth_unavailable", { retryAfterSeconds: 5 });
  refuse(checked.reason);
  throw new TakeoutError("service_ticket_invalid");
}

async function checkUserTicket(
  context: HttpContext,
  operation: Operation,
  headers: Headers,
  client: string,
): Promise<string> {
  const token = headers.get(ticketKinds.user.header);
  const refuse = (reason: string) =>
    context.log.warn({ operation: operation.id, client, reason }, "user ticket refused");
  if (!token) {
    refuse("missing");
    throw new TakeoutError("user_ticket_missing");
  }
  const checked = await context.verifier.verifyUserTicket(token, { client });
  if (checked.kind === "ok") return checked.subject;
  if (checked.kind === "unavailable")
    throw new TakeoutError("auth_unavailable", { retryAfterSeconds: 5 });
  refuse(checked.reason);
  throw new TakeoutError("user_ticket_invalid");
}
