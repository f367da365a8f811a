import { exportItem, files, json, noData, type User } from "takeout-sdk/service";
import type { Sql } from "./database.ts";
import { isContactOf, isDebtOf, isRideOf } from "./passenger.ts";

const rowsAtOnce = 500;

/** What a user gets a copy of: the history in one file however long it is, and two short lists. */
export function exportsOf(sql: Sql) {
  return [
    exportItem("rides", async (user) => {
      const [found] = await sql`select from rides.rides where ${isRideOf(sql, user)} limit 1`;
      if (!found) return noData();
      return files({ name: "rides.json", content: () => listRides(sql, user) });
    }),
    exportItem("contacts", async (user) => {
      const rows = await sql`
        select created_at as at, label, personal_phone_id as phone, personal_email_id as email
          from rides.contacts where ${isContactOf(sql, user)} order by created_at desc`;
      return rows.length ? json(rows) : noData();
    }),
    exportItem("debts", async (user) => {
      const rows = await sql`
        select created_at as at, cents / 100.0 as amount, paid_at from rides.debts
         where ${isDebtOf(sql, user)} order by created_at desc`;
      return rows.length ? json(rows) : noData();
    }),
  ];
}

/**
 * JSON as the cursor comes along, the newest ride first: of a long history five hundred rows are in memory, and
 * the next are read when the hub has taken these. All of it is of one moment.
 */
async function* listRides(sql: Sql, user: User): AsyncGenerator<string> {
  const lines = sql<{ line: string }[]>`
    select json_build_object('at', created_at, 'route', route, 'price', cents / 100.0, 'ordered',
             case when user_id is not null then 'in the app' when phone_id is not null then 'by telephone'
                  else 'on the website' end)::text as line
      from rides.rides where ${isRideOf(sql, user)} order by created_at desc, id`;
  let before = "[\n";
  for await (const rows of lines.cursor(rowsAtOnce)) {
    yield before + rows.map(({ line }) => line).join(",\n");
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}
