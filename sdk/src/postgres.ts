// A store for work that must survive the process, in PostgreSQL. Needs graphile-worker.
export {
  createPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from "./postgres/store.ts";
