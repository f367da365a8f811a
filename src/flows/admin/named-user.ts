import { isKnownUser } from "../../store/admin.ts";
import type { Sql, Transaction } from "../../store/connect.ts";
import type { FlowContext } from "../context.ts";

/** Uids are this long; what is shorter is the number of a ticket. */
const numberPattern = /\d{6,32}/g;
const mostNumbers = 20;

/** Whether a text names a user whom the ledger knows: what operators write is kept in clear, uids never are. */
export async function namesUser(
  { subjects }: FlowContext,
  sql: Sql | Transaction,
  text: string,
): Promise<boolean> {
  const numbers = text.match(numberPattern)?.slice(0, mostNumbers) ?? [];
  if (numbers.length === 0) return false;
  return await isKnownUser(
    sql,
    numbers.flatMap((number) => subjects.allOf(number)),
  );
}
