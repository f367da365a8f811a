import { queryParameters } from "../../../../generated/validators.js";
import { TakeoutError } from "../../../domain/errors.ts";
import { isId } from "../../../domain/id.ts";
import type { Page } from "../../../domain/shown.ts";
import { checkQuery, checkQueryNumber, type OperationCall } from "../../operation.ts";
import { jsonReply, type Reply } from "../../present.ts";

const defaultLimit = 50;
const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

// The parameters of lists are one component of the contract, so that any list's validators do for all.
const { limit, cursor, older_than: olderThan } = queryParameters.listDeletions;

/** How many items a page has at most. @throws TakeoutError `bad_request`. */
export function readLimit(call: OperationCall): number {
  return checkQueryNumber(limit, call, "limit") ?? defaultLimit;
}

/** The age asked for, in ms. @throws TakeoutError `bad_request`. */
export function readAge(call: OperationCall): number | null {
  const age = checkQuery(olderThan, call, "older_than");
  if (age === null) return null;
  return Number(age.slice(0, -1)) * unitsMs[age.slice(-1) as keyof typeof unitsMs];
}

/**
 * Where a page begins: what `pageReply` made of the last one's `next`.
 *
 * @throws TakeoutError `bad_request`.
 */
export function readCursor<Next>(
  call: OperationCall,
  isNext: (values: readonly string[]) => boolean,
  toNext: (values: readonly string[]) => Next,
): Next | null {
  const text = checkQuery(cursor, call, "cursor");
  if (text === null) return null;
  const values = decode(text);
  if (values && isNext(values)) return toNext(values);
  throw new TakeoutError("bad_request", { detail: "cursor is none of this list" });
}

/** The id that the page before ended with. @throws TakeoutError `bad_request`. */
export function readIdCursor(call: OperationCall): string | null {
  return readCursor(
    call,
    ([id, ...more]) => isId(id) && more.length === 0,
    ([id = ""]) => id,
  );
}

function decode(text: string): readonly string[] | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    // A text with a NUL is none that the database takes.
    const isText = (value: unknown) => typeof value === "string" && !value.includes("\0");
    return Array.isArray(values) && values.every(isText) ? values : null;
  } catch {
    return null;
  }
}

/** @param fromNext - the cursor's values, in the order in which `readCursor` gives them back. */
export function pageReply<Item, Next>(
  { items, next }: Page<Item, Next>,
  toWire: (item: Item) => unknown,
  fromNext: (next: Next) => readonly string[],
): Reply {
  const text = next === null ? null : JSON.stringify(fromNext(next));
  return jsonReply({
    items: items.map(toWire),
    ...(text !== null && { next_cursor: Buffer.from(text).toString("base64url") }),
  });
}
