import { type ErrorCode, TakeoutError } from "../../domain/errors.ts";
import { insertAuditEvent } from "../../store/audit.ts";
import type { Transaction } from "../../store/connect.ts";
import {
  findAnswer,
  type IdempotencyHashes,
  type KeptAnswer,
  keepAnswer,
  lockKey,
} from "../../store/idempotency.ts";
import { guarded, isCommitted, transact } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import { namesUser } from "./named-user.ts";

/** Who acts, how, and why. */
export interface Act {
  readonly client: string;
  readonly login: string;
  /** The operation of the contract. */
  readonly operation: string;
  /** For the audit; never names a user. */
  readonly reason: string;
  /** The `Idempotency-Key`, with all that makes the request what it is; `null`: none was sent. */
  readonly idempotency: { readonly key: string; readonly request: Uint8Array } | null;
}

/** What an act came to. @template Result - JSON, for it is kept under the `Idempotency-Key`. */
export interface Done<Result> {
  readonly result: Result;
  /** An id of ours, or the name of a service. */
  readonly target: string;
  /** What the audit says became of it; `ok` by default. */
  readonly outcome?: "proposed";
}

/**
 * Carries out an act of an operator in one transaction with its audit event and what is kept under its
 * `Idempotency-Key`: the same request again gets the same result and does nothing. A refusal is kept as well,
 * a fault of the hub's own is not. Whoever calls this notes refusals in the audit.
 *
 * @param work - safe to run twice.
 * @param prepare - what must be done before the transaction: whatever asks another service.
 * @throws TakeoutError `bad_request` for a reason that names a user, `idempotency_conflict`, `unavailable`, and what `work` and `prepare` throw.
 * Source: contract 10.
 */
export async function performAct<Result, Prepared = void>(
  context: FlowContext,
  act: Act,
  work: (tx: Transaction, prepared: Prepared) => Promise<Done<Result>>,
  prepare?: () => Promise<Prepared>,
): Promise<Result> {
  const { sql } = context.store;
  const hashes = hashesOf(context, act);
  const kept = hashes && (await guarded(findAnswer(sql, hashes)));
  if (kept) return replay<Result>(kept);
  if (await guarded(namesUser(context, sql, act.reason))) throw namedUser();
  try {
    const prepared = (await prepare?.()) as Prepared;
    let ended: { readonly transaction: string; readonly result: Result } | null = null;
    return await transact(context.store, async (tx) => {
      // It is run again where the answer to its COMMIT was lost: what is done must not be refused for being done.
      if (ended && (await isCommitted(tx, ended.transaction))) return ended.result;
      if (hashes) {
        await lockKey(tx, hashes);
        const kept = await findAnswer(tx, hashes);
        if (kept) return replay<Result>(kept);
      }
      const { result, target, outcome = "ok" } = await work(tx, prepared);
      // What the act wrote may be the first that the ledger knows of the user: another uid of one and the same person.
      if (await namesUser(context, tx, act.reason)) throw namedUser();
      const { client, login, operation, reason } = act;
      const event = { client, login, act: operation, target, reason, result: outcome };
      ended = { transaction: await insertAuditEvent(tx, event), result };
      if (hashes) await keepAnswer(tx, hashes, { kind: "done", result });
      return result;
    });
  } catch (error) {
    if (hashes) await keepRefusal(context, hashes, error);
    throw error;
  }
}

function namedUser(): TakeoutError {
  const detail = "must not name a user";
  const faults = [{ pointer: "/reason", detail }];
  return new TakeoutError("bad_request", { detail: `The reason ${detail}`, faults });
}

function hashesOf({ subjects }: FlowContext, act: Act): IdempotencyHashes | null {
  if (act.idempotency === null) return null;
  const { key, request } = act.idempotency;
  return {
    keys: subjects.requestKeys([act.client, act.login, key].join("\0")),
    requests: subjects.bodyHashes(request),
  };
}

function replay<Result>(kept: KeptAnswer | "other"): Result {
  if (kept === "other") throw new TakeoutError("idempotency_conflict");
  if (kept.kind === "done") return kept.result as Result;
  const { code, detail, categoryId } = kept;
  throw new TakeoutError(code as TakeoutError["code"], {
    ...(detail !== null && { detail }),
    ...(categoryId !== null && { categoryId }),
  });
}

/**
 * What may be otherwise a moment later, and is the hub's own fault: every answer of 5xx. And what is mended by other
 * words, which make another request: it could not be sent under the key of one that is kept.
 */
const passing: ReadonlySet<ErrorCode> = new Set([
  ...(["internal_error", "unavailable", "identity_unavailable", "bad_request"] as const),
]);

/** Only a service: who cannot keep a refusal answers it all the same. */
async function keepRefusal(
  context: FlowContext,
  hashes: IdempotencyHashes,
  error: unknown,
): Promise<void> {
  // A conflict is about an answer that is kept already.
  if (!(error instanceof TakeoutError) || error.code === "idempotency_conflict") return;
  if (passing.has(error.code)) return;
  const { code, detail, categoryId } = error;
  const kept = keepAnswer(context.store.sql, hashes, { kind: "refused", code, detail, categoryId });
  await guarded(kept).catch((fault) =>
    context.log.warn({ error: fault }, "a refusal could not be kept under its key"),
  );
}
