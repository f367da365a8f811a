import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hubFlags } from "../../../scripts/hub-flags.mjs";
import { findFreePort } from "../../support/ports.ts";
import { answers, startChild } from "../child.ts";
import { bucketCredentials } from "../export/bucket-credentials.ts";
import type { Place } from "../export/tasks.ts";
import { categoryId, secret } from "../fill/hub.ts";
import type { Ground } from "../ground.ts";
import type { StubService } from "../stubs/start.ts";
import type { System } from "./system.ts";

export interface HubOptions {
  readonly databaseUrl: string;
  readonly services: readonly StubService[];
  /** With the worker, or without it. */
  readonly command: "up" | "serve";
  /** Of Node, to profile it. */
  readonly flags?: readonly string[];
  /** Where exports lie; without it no service has any. */
  readonly blobs?: Place;
}

const plenty = "1000000/s";

/** A process of the hub as it is run in life, with limits that it does not reach. */
export async function startHub(ground: Ground, options: HubOptions): Promise<System> {
  const name = `hub-${randomUUID().slice(0, 8)}`;
  const file = join(ground.folder, `${name}.yaml`);
  const log = join(ground.folder, `${name}.log`);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(file, JSON.stringify(describe(ground, options, url))); // JSON is YAML too
  const child = startChild({
    program: [join(ground.root, "src", "main.ts"), options.command],
    flags: [...hubFlags, ...(options.flags ?? [])],
    cwd: ground.root,
    log,
    env: {
      DATABASE_URL: options.databaseUrl,
      TAKEOUT_CONFIG: file,
      TAKEOUT_SECRET: secret.toString("base64"),
      TAKEOUT_SIGNING_KEY: JSON.stringify(ground.people.hub.privateJwk),
      PORT: String(port),
      ...bucketCredentials,
    },
  });
  try {
    await answers(child, `${url}/health/ready`, log);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return { url, child, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

function describe({ people }: Ground, { services, blobs }: HubOptions, url: string) {
  const keysOf = new Map(people.services.map(({ client }) => [client.name, client.jwks]));
  return {
    hub: { public_url: url },
    ...(blobs && { blobs }),
    portals: { [people.portal.client.name]: { keys: people.portal.client.jwks } },
    operators: {
      [people.desk.client.name]: { keys: people.desk.client.jwks, roles: { alice: "operator" } },
    },
    limits: { portal: plenty, user: plenty, service: plenty },
    status: { trust_for: "30d" },
    categories: [{ id: categoryId, slug: "favorites" }],
    services: Object.fromEntries(
      services.map(({ name, url }) => [
        name,
        { url, keys: keysOf.get(name), ...(blobs && { export: true }) },
      ]),
    ),
  };
}
