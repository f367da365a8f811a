import type { User } from "takeout-sdk/service";
import type { Sql } from "./database.ts";

/** Whose a ride is: by any identifier that the hub knows of the person. */
export function isRideOf(sql: Sql, { uids, userIds, phoneIds }: User) {
  return sql`(uid = any(${uids}) or user_id = any(${userIds}) or phone_id = any(${phoneIds}))`;
}

/** Whose a contact is. What stands there identifies nobody outside the store of personal data. */
export function isContactOf(sql: Sql, { personalPhoneIds, personalEmailIds }: User) {
  return sql`(personal_phone_id = any(${personalPhoneIds})
    or personal_email_id = any(${personalEmailIds}))`;
}

export function isDebtOf(sql: Sql, { userIds, phoneIds }: User) {
  return sql`(user_id = any(${userIds}) or phone_id = any(${phoneIds}))`;
}
