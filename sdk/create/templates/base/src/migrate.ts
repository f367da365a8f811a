import { readFile } from "node:fs/promises";
import { pool } from "./database.ts";

await pool.query(await readFile("schema.sql", "utf8"));
