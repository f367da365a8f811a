import type { IdentityQuestion } from "../connected/identity-client.ts";
import { TakeoutError } from "../domain/errors.ts";
import { bareIdentity, type Identity } from "../domain/identity.ts";
import type { FlowContext } from "./context.ts";

/**
 * Finds the identifiers of a user; the first uid is the ledger's user.
 *
 * @throws TakeoutError `identity_unavailable`.
 * Source: contract 9; S3, by which identifiers a user is found.
 */
export async function resolveIdentity(
  context: FlowContext,
  input: IdentityQuestion,
): Promise<Identity> {
  if (context.identity === null) return bareIdentity(input.uid);
  const answer = await context.identity.resolve(input);
  if (answer.kind === "resolved") return answer.identity;
  context.log.warn({ code: answer.code }, "identity is not available");
  throw new TakeoutError("identity_unavailable", { retryAfterSeconds: 5 });
}
