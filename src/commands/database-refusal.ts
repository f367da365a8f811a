import { findTrouble } from "../domain/database-error.ts";

/** What the database says to who may not come in: DATABASE_URL has to be mended, or somebody's rights. */
export function findDatabaseRefusal(error: unknown): string | undefined {
  const cause = findTrouble(error, "refusal");
  return cause && `DATABASE_URL: ${cause.message}`;
}
