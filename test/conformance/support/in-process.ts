import type postgres from "postgres";
import {
  type ConformanceOptions,
  type ConformanceReport,
  runConformance,
} from "takeout-sdk/conformance";
import { findFreePort } from "../../support/ports.ts";
import { createClient } from "../../support/tickets.ts";
import type { Behaviour } from "../services/plain/behaviour.ts";
import { heldCategories, seedThing } from "../services/plain/rows.ts";
import { startPlain } from "../services/plain/service.ts";

let services = 0;

/** Runs the kit against the plain service with this behaviour, in this process. */
export async function checkPlain(given: {
  databaseUrl: string;
  sql: postgres.Sql;
  changed: Partial<Behaviour>;
  options: Partial<ConformanceOptions>;
}): Promise<ConformanceReport> {
  const { databaseUrl, sql, changed, options } = given;
  const [port, listen] = [await findFreePort(), await findFreePort()];
  const client = await createClient("plain");
  services += 1;
  const settings = {
    port,
    databaseUrl,
    schema: `plain_${services}`,
    hubUrl: `http://127.0.0.1:${listen}`,
    service: "plain",
    signingKey: client.privateJwk,
  };
  const start = () => startPlain(settings, { workMs: 20, reportAgainMs: 50, ...changed });
  let running = await start();
  try {
    return await runConformance({
      url: `http://127.0.0.1:${port}`,
      service: "plain",
      categories: heldCategories,
      listen,
      serviceKeys: client.jwks,
      seed: (row) => seedThing(sql, settings.schema, row),
      restart: async () => {
        await running[Symbol.asyncDispose]();
        running = await start();
      },
      ...options,
    });
  } finally {
    await running[Symbol.asyncDispose]();
  }
}
