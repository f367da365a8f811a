import type { ErrorCode } from "../../../domain/errors.ts";
import { TakeoutError } from "../../../domain/errors.ts";
import { isId } from "../../../domain/id.ts";

/** An export's id as the database takes it. @throws TakeoutError with this code: what is no id names none. */
export function readJobId(text: string, code: ErrorCode): string {
  if (isId(text)) return text.toLowerCase();
  throw new TakeoutError(code);
}
