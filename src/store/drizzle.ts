import { createRequire } from "node:module";

/**
 * drizzle by its CommonJS build: as ES modules its hundreds of small files take a third of a second to be
 * linked at every start, and so a tenth of it.
 */
const require = createRequire(import.meta.url);

export const { sql } = require("drizzle-orm") as typeof import("drizzle-orm");
export const { drizzle } =
  require("drizzle-orm/postgres-js") as typeof import("drizzle-orm/postgres-js");
export const pgCore = require("drizzle-orm/pg-core") as typeof import("drizzle-orm/pg-core");
