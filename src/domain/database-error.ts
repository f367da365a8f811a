/** Nobody comes in: a wrong name or password, or no such database. */
const lockedOut = ["28P01", "28000", "3D000"];

/** What the drivers' codes say. Source: PostgreSQL, appendix A; Node.js and postgres.js for connections. */
const codes = {
  /** Somebody else is in the way: a lock, a deadlock, a statement that took too long. The database is there. */
  contention: ["57014", "55P03", "40P01", "40001"],
  lockedOut,
  /** Who may not come in, or has no right to what was asked for. */
  refusal: [...lockedOut, "42501"],
  /** A table, schema, column, function or type that is not there: nobody has migrated the database yet. */
  unmigrated: ["42P01", "3F000", "42703", "42883", "42704"],
  away: [
    ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT"],
    ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"],
    ...["ENETUNREACH", "EHOSTUNREACH"],
    ...["57P01", "57P02", "57P03", "57P05", "53300", "25P03"],
    // A disk or a memory that is full, and a server that only reads, as a standby does until it is promoted.
    ...["53100", "53200", "25006"],
  ],
} as const satisfies Record<string, readonly string[]>;

export type DatabaseTrouble = keyof typeof codes;

/** What `pg`, which the queue is migrated and worked with, says of a lost connection: it gives no code. */
const pgLost =
  /^Connection terminated|^Client has encountered a connection error|^timeout (expired|exceeded)/;

/** The first of an error's causes, itself included, in which a driver says that the database is in this trouble. */
export function findTrouble(error: unknown, trouble: DatabaseTrouble): Error | undefined {
  const known: readonly string[] = codes[trouble];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === "string" && known.includes(code)) return cause;
    if (trouble === "away" && (isLost(code) || pgLost.test(cause.message))) return cause;
  }
  return undefined;
}

/** The cause for which a database cannot be reached; one that nobody has migrated yet will be there too in a moment. */
export function findOutage(error: unknown): Error | undefined {
  return findTrouble(error, "away") ?? findTrouble(error, "unmigrated");
}

/** The whole class of connection exceptions. */
function isLost(code: unknown): boolean {
  return /^08...$/.test(String(code));
}
