import { askStatus } from "../connected/ask-status.ts";
import { TakeoutError } from "../domain/errors.ts";
import type { Identity } from "../domain/identity.ts";
import {
  type LedgerView,
  type MergedStatus,
  mergeStatus,
  planQuestions,
  type ServiceAnswer,
} from "../domain/merge.ts";
import type { FlowContext } from "./context.ts";
import { resolveIdentity } from "./resolve-identity.ts";
import { rewriteSeen } from "./rewrite-seen.ts";

export interface StatusInput {
  readonly uid: string;
  /** The portal's own `request_id`, passed on to services. */
  readonly takeoutRequestId: string | null;
  readonly requestId: string;
  readonly traceparent: string | null;
}

export interface StatusResult extends MergedStatus {
  readonly isIdentityMissing: boolean;
}

/** What is left of the budget when services stop being waited for, in ms: to merge and to answer. */
const answerReserveMs = 150;
/** A small budget is not for that alone: then nobody would ever be asked. */
const mostReserved = 1 / 4;

function askingMs({ statusBudgetMs }: FlowContext["rules"]): number {
  return statusBudgetMs - Math.min(answerReserveMs, statusBudgetMs * mostReserved);
}

/**
 * The state of every configured category for a user, within the budget whatever the services do.
 *
 * @throws TakeoutError `unavailable` when the ledger cannot be read.
 * Source: S2, part 1, and S3; contract 4.
 */
export async function getStatus(context: FlowContext, input: StatusInput): Promise<StatusResult> {
  const { registry, rules } = context;
  const endsAt = performance.now() + askingMs(rules);
  const subjects = context.subjects.allOf(input.uid);
  const own = await context.readLedger(subjects);
  const seen = rewriteSeen(context, subjects);
  const unknown = planQuestions(registry, own, rules.trustForMs);
  const identity = unknown.size > 0 ? await tryResolve(context, input, endsAt) : null;
  const ledger = (identity && (await readOther(context, input.uid, identity))) ?? own;
  const questions = ledger === own ? unknown : planQuestions(registry, ledger, rules.trustForMs);
  const answers = identity
    ? await askAll(context, { ...input, identity, questions, endsAt })
    : new Map<string, null>();
  await seen;
  return {
    ...mergeStatus(registry, ledger, answers, rules.trustForMs),
    isIdentityMissing: unknown.size > 0 && identity === null,
  };
}

/**
 * What the ledger holds of a person whose deletions are kept under another uid than the one that asks (contract 9): under
 * both, for who leads to whom may have been learnt later. `null`: they are the same.
 */
async function readOther(
  { subjects, readLedger }: FlowContext,
  uid: string,
  { uids }: Identity,
): Promise<LedgerView | null> {
  const [primary] = uids;
  if (primary === undefined || primary.uid === uid) return null;
  return await readLedger([...subjects.allOf(primary.uid), ...subjects.allOf(uid)]);
}

async function tryResolve(
  context: FlowContext,
  input: StatusInput,
  endsAt: number,
): Promise<Identity | null> {
  const { uid, requestId } = input;
  const withinMs = endsAt - performance.now();
  try {
    return await resolveIdentity(context, { uid, requestId, origin: "portal", withinMs });
  } catch (error) {
    if (error instanceof TakeoutError) return null;
    throw error;
  }
}

async function askAll(
  context: FlowContext,
  input: StatusInput & {
    readonly identity: Identity;
    readonly questions: ReadonlyMap<string, readonly string[]>;
    readonly endsAt: number;
  },
): Promise<Map<string, ReadonlyMap<string, ServiceAnswer> | null>> {
  const asked = [...input.questions].map(async ([service, categoryIds]) => {
    const answer = await askOne(context, input, service, categoryIds);
    return [service, answer] as const;
  });
  return new Map(await Promise.all(asked));
}

async function askOne(
  context: FlowContext,
  input: Parameters<typeof askAll>[1],
  service: string,
  categoryIds: readonly string[],
): Promise<ReadonlyMap<string, ServiceAnswer> | null> {
  const rules = context.registry.findService(service);
  const client = context.services.get(service)?.questions;
  const leftMs = input.endsAt - performance.now();
  if (!rules || !client || leftMs <= 0 || context.gates.isOpen(service)) return null;
  const fullMs = Math.min(rules.timeout.statusMs, askingMs(context.rules));
  const timeoutMs = Math.min(fullMs, leftMs);
  const times = { timeoutMs, fullMs };
  return await context.questions.ask(service, input.requestId, times, async () => {
    const beganAt = performance.now();
    const reply = await askStatus(client, {
      identity: input.identity,
      categoryIds,
      takeoutRequestId: input.takeoutRequestId,
      requestId: input.requestId,
      traceparent: input.traceparent,
      timeoutMs,
    });
    const seconds = (performance.now() - beganAt) / 1000;
    const answers = reply.kind === "answer" ? reply.answers : null;
    context.metrics.serviceCalled(service, "status", answers ? "ok" : "unusable", seconds);
    return answers;
  });
}
