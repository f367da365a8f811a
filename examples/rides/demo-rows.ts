import type { User } from "takeout-sdk/service";
import type { Sql } from "./database.ts";
import { isContactOf, isDebtOf, isRideOf } from "./passenger.ts";

// For the demonstration alone: a real service would not show its rows to whoever asks.

/** What the identity service links to the demonstration's users, so that rows show also when it has forgotten them. */
function passengerOf(uid: string): User {
  return {
    uids: [uid, `700000${uid}`],
    userIds: [`user-${uid}`, `old-user-${uid}`],
    phoneIds: [`phone-${uid}`],
    personalPhoneIds: [`tel-${uid}`],
    personalEmailIds: [`mail-${uid}`],
  };
}

const finders = { rides: isRideOf, contacts: isContactOf, debts: isDebtOf } as const;

/** Answers `GET /rows?uid=` with the first rows of each table, and how many there are. */
export async function showRows(sql: Sql, uid: string): Promise<Response> {
  const user = passengerOf(uid);
  const lists = Object.entries(finders).map(async ([name, isOf]) => {
    const table = sql(`rides.${name}`);
    const [total] = await sql<{ count: number }[]>`
      select count(*)::int as count from ${table} where ${isOf(sql, user)}`;
    const rows = await sql`
      select * from ${table} where ${isOf(sql, user)} order by id limit 200`;
    return { category: "8", name, rows: [...rows], count: total?.count };
  });
  return Response.json({ uid, tables: await Promise.all(lists) });
}
