import postgres from "postgres";

const { DATABASE_URL = "", TAKEOUT_UID = "", TAKEOUT_AT = "" } = process.env;
const sql = postgres(DATABASE_URL);
await sql`insert into favorites (uid, created_at) values (${TAKEOUT_UID}, ${TAKEOUT_AT})`;
await sql.end();
