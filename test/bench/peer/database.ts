import pg from "pg";

export type Query = <Row extends pg.QueryResultRow>(
  config: pg.QueryConfig,
) => Promise<pg.QueryResult<Row>>;

/** As many connections as the hub's own pool has. */
const connections = 16;

export function createPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    ...{ connectionString, max: connections, connectionTimeoutMillis: 3_000 },
    ...{ query_timeout: 10_000, keepAlive: true, statement_timeout: 5_000 },
  });
  pool.on("error", (error) => console.error(error));
  return pool;
}

export async function inTransaction<T>(pool: pg.Pool, work: (query: Query) => Promise<T>) {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const result = await work((config) => client.query(config));
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    client.release(error as Error);
    throw error;
  }
}
