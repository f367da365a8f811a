// The --seed command of a test: makes the row that the kit asks for.
import postgres from "postgres";
import { seedThing } from "../services/plain/rows.ts";

const { DATABASE_URL = "", SCHEMA = "", TAKEOUT_UID, TAKEOUT_CATEGORY, TAKEOUT_AT } = process.env;
if (!TAKEOUT_UID || !TAKEOUT_CATEGORY || !TAKEOUT_AT) throw new Error("what row?");
const sql = postgres(DATABASE_URL, { max: 1, onnotice: () => {} });
const row = { uid: TAKEOUT_UID, category: TAKEOUT_CATEGORY, at: new Date(TAKEOUT_AT) };
await seedThing(sql, SCHEMA, row);
await sql.end();
