import type { Kind, Sql } from "./database.ts";

interface Link {
  uid: string;
  kind: Kind;
  value: string;
}

/** What is more is cut: the answer says then that it is not complete, and the hub starts no deletion by it. */
const mostLinks = 1_000;

/** By what services know the person of an account, in the words of the contract; undefined: nothing is known. */
export async function resolve(sql: Sql, uid: string) {
  const links = await sql<Link[]>`
    with people as (
      select uid from identity.links where uid = ${uid}
      union
      select uid from identity.links where kind = 'account' and value = ${uid})
    select uid, kind, value from identity.links
     where uid in (select uid from people) order by id limit ${mostLinks + 1}`;
  if (links.length === 0) return undefined;
  const found = links.slice(0, mostLinks);
  const valuesOf = (kind: Kind) => [
    ...new Set(found.filter((link) => link.kind === kind).map(({ value }) => value)),
  ];
  const portal = [...new Set(found.map((link) => link.uid))];
  return {
    yandex_uids: [
      ...portal.map((uid) => ({ uid, is_portal: true })),
      ...valuesOf("account").map((uid) => ({ uid, is_portal: false })),
    ],
    user_ids: valuesOf("user"),
    phone_ids: valuesOf("phone"),
    personal_phone_ids: valuesOf("personal_phone"),
    personal_email_ids: valuesOf("personal_email"),
    complete: links.length <= mostLinks,
  };
}
