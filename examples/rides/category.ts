import { category, denied, erased, nothingFound, type User } from "takeout-sdk/service";
import type { Sql } from "./database.ts";
import { exportsOf } from "./exports.ts";
import { isContactOf, isDebtOf, isRideOf } from "./passenger.ts";

const batch = 10_000;

/** Rides and who they were for. Somebody who owes money is refused. Source: S3. */
export function rides(sql: Sql) {
  return category("8", {
    async status(user) {
      if (await hasDebt(sql, user)) return denied("debt");
      const [found] = await sql<{ some: boolean }[]>`
        select exists (select from rides.rides where ${isRideOf(sql, user)})
          or exists (select from rides.contacts where ${isContactOf(sql, user)}) as some`;
      return found?.some ? "ready_to_delete" : "empty";
    },
    async delete(user) {
      const { before, progress, resumed } = user;
      // What has begun is not left half done because of a debt that was made since.
      if (!resumed && (await hasDebt(sql, user))) return denied("debt");
      let done = resumed?.done ?? 0;
      // Briefly locked, and a crash costs one batch.
      for (let gone = batch; gone === batch; ) {
        ({ count: gone } = await sql`
          delete from rides.rides where id in (
            select id from rides.rides where ${isRideOf(sql, user)} and created_at <= ${before}
             order by id limit ${batch})`);
        done += gone;
        await progress(done);
      }
      const contacts = await sql`
        delete from rides.contacts where ${isContactOf(sql, user)} and created_at <= ${before}`;
      const debts = await sql`
        delete from rides.debts
         where ${isDebtOf(sql, user)} and paid_at is not null and created_at <= ${before}`;
      return done + contacts.count + debts.count > 0 ? erased() : nothingFound();
    },
    exports: exportsOf(sql),
  });
}

async function hasDebt(sql: Sql, user: User): Promise<boolean> {
  const [found] = await sql<{ some: boolean }[]>`
    select exists (
      select from rides.debts where ${isDebtOf(sql, user)} and paid_at is null) as some`;
  return found?.some === true;
}
