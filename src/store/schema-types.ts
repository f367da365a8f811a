import { pgCore } from "./drizzle.ts";

export const bytea = pgCore.customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** An instant; all are the database's. */
export const moment = (name: string) => pgCore.timestamp(name, { withTimezone: true });
