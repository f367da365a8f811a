import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { type Operation, type OperationId, operations } from "../../generated/operations.ts";
import type { PortalConfig } from "../config/types.ts";
import { TakeoutError } from "../domain/errors.ts";
import { auditRefusal } from "./audit-refusal.ts";
import { readJson } from "./body.ts";
import { checkRole, identifyCaller } from "./caller.ts";
import type { HttpContext } from "./context.ts";
import { createErrorLog } from "./error-log.ts";
import type { OperationCall } from "./operation.ts";
import { handlers } from "./operations.ts";
import {
  presentPortalError,
  presentProblem,
  type Reply,
  toResponse,
  toTakeoutError,
} from "./present.ts";

const requestIdPattern = /^[\x21-\x7e]{1,128}$/;
const traceparentPattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What a process that only works serves, where it listens at all. */
export const operatingSurface = ["getLiveness", "getReadiness", "getMetrics"] as const;

/**
 * The hub's surface: every route comes from the contract's table of operations.
 *
 * @param ids - the operations that are served; all of them by default.
 */
export function createApp(
  context: HttpContext,
  ids: readonly OperationId[] = Object.keys(operations) as OperationId[],
): Hono {
  const app = new Hono({ strict: false });
  const chosen = ids.map((id): Operation => operations[id]);
  const byPath = Map.groupBy(chosen, toRoute);
  const server: Server = { context, logError: createErrorLog(context.log) };
  for (const [route, served] of byPath) {
    const byMethod = new Map(served.map((one) => [one.method.toUpperCase(), one]));
    // One handler for all methods: where several match a request, hono composes them anew for each.
    app.all(route, (c) => {
      const method = c.req.method === "HEAD" ? "GET" : c.req.method;
      const operation = byMethod.get(method);
      return operation ? serve(server, operation, c) : refuseMethod(context, served, c);
    });
  }
  const { getDocs, getOpenapi } = operations;
  const hint = { detail: `What there is stands at ${getDocs.path} and ${getOpenapi.path}` };
  const isDescribed = chosen.includes(getDocs) && chosen.includes(getOpenapi);
  app.notFound((c) => {
    const requestId = requestIdOf(c.req.raw);
    const error = new TakeoutError("not_found", isDescribed ? hint : {});
    return toResponse(presentProblem(error, requestId), requestId);
  });
  return app;
}

function toRoute(operation: Operation): string {
  return operation.path.replace(/(.)\/$/, "$1").replaceAll(/\{(\w+)\}/g, ":$1");
}

interface Server {
  readonly context: HttpContext;
  readonly logError: ReturnType<typeof createErrorLog>;
}

async function serve(server: Server, operation: Operation, c: Context): Promise<Response> {
  const { context, logError } = server;
  const beganAt = performance.now();
  const requestId = requestIdOf(c.req.raw);
  const known: { portal: PortalConfig | null } = { portal: null };
  const reply = await run(context, operation, c, requestId, known).catch((thrown) => {
    const error = toTakeoutError(thrown);
    const request = context.flows.subjects.traceHash(requestId);
    logError({ operation: operation.id, request }, error);
    return present(operation, error, requestId);
  });
  const seconds = (performance.now() - beganAt) / 1000;
  // What it was: whoever watches the hub must see errors that a portal wants to get with 200.
  context.metrics.requestServed(operation.id, reply.status, seconds);
  const isError = reply.status >= 400 && operation.errorFormat === "portal";
  const isHidden = isError && known.portal?.errorsAs200 === true;
  return toResponse(isHidden ? { ...reply, status: 200 } : reply, requestId);
}

async function run(
  context: HttpContext,
  operation: Operation,
  c: Context,
  requestId: string,
  known: { portal: PortalConfig | null },
): Promise<Reply> {
  const request = c.req.raw;
  const query = (name: string) => c.req.query(name) ?? null;
  const sent = { headers: request.headers, query };
  const caller = await identifyCaller(context, operation, sent, (portal) => {
    known.portal = portal;
  });
  const read: { body?: unknown } = {};
  const answer = async (): Promise<Reply> => {
    checkRole(operation, caller);
    const body = operation.body
      ? await readJson(request)
      : { value: undefined, bytes: new Uint8Array() };
    read.body = body.value;
    const call: OperationCall = {
      caller,
      requestId,
      traceparent: traceparentOf(request),
      query,
      parameter: (name) => c.req.param(name) ?? null,
      header: (name) => request.headers.get(name),
      method: operation.method,
      path: c.req.path,
      url: request.url,
      isHead: request.method === "HEAD",
      body: body.value,
      bytes: body.bytes,
      stream: operation.upload ? request.body : null,
    };
    return await handlers[operation.id as OperationId](context, call);
  };
  if (caller.kind !== "operator" || operation.role !== "operator") return await answer();
  return await auditRefusal(context, { operation: operation.id, caller, c, read }, answer);
}

function present(operation: Operation, error: TakeoutError, requestId: string): Reply {
  return operation.errorFormat === "problem"
    ? presentProblem(error, requestId)
    : presentPortalError(error);
}

function refuseMethod(context: HttpContext, served: readonly Operation[], c: Context): Response {
  const requestId = requestIdOf(c.req.raw);
  const methods = served.map(({ method }) => method.toUpperCase());
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
  const [operation] = served as [Operation];
  const reply = present(operation, new TakeoutError("method_not_allowed"), requestId);
  context.metrics.requestServed(operation.id, reply.status, 0);
  return toResponse({ ...reply, headers: { ...reply.headers, allow } }, requestId);
}

function requestIdOf(request: Request): string {
  const sent = request.headers.get("x-request-id");
  return sent !== null && requestIdPattern.test(sent) ? sent : randomUUID();
}

function traceparentOf(request: Request): string | null {
  const sent = request.headers.get("traceparent");
  return sent !== null && traceparentPattern.test(sent) ? sent : null;
}
