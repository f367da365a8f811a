import pg from "pg";

const { DATABASE_URL: connectionString } = process.env;
export const pool = new pg.Pool({ connectionString, allowExitOnIdle: true });
// Without a listener a connection that is lost while idle would end the process.
pool.on("error", (error) => console.error(error.message));

// Nothing here works without it: whoever starts is told so in one line.
await pool.query("select").catch(({ code, message }) => {
  console.error(`DATABASE_URL: the database cannot be used: ${message || code}`);
  process.exit(1);
});
