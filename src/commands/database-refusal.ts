/** A wrong name or password, no such database, no right to it. Source: PostgreSQL, appendix A. */
const refusals: ReadonlySet<unknown> = new Set(["28P01", "28000", "3D000", "42501"]);

/** What the database says to who may not come in: DATABASE_URL has to be mended, or somebody's rights. */
export function findDatabaseRefusal(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (refusals.has((cause as { code?: unknown }).code)) return `DATABASE_URL: ${cause.message}`;
  }
  return undefined;
}
