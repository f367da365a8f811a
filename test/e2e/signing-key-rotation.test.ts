import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import postgres from "postgres";
import { expect, test } from "vitest";
import { category, createTakeoutService, erased } from "../../sdk/src/service.ts";
import { verifyArchive } from "../../src/archive/verify/verify-archive.ts";
import { writeArchive } from "../../src/archive/write-archive.ts";
import { newSigningKey, sampleInput } from "../archive/samples.ts";
import { collect } from "../blobs/bodies.ts";
import { createDatabase } from "../support/database.ts";
import type { FakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";
import { createHubClient } from "./support/hub-client.ts";
import { createLandscape } from "./support/landscape.ts";

/** A service made with the SDK, which reads the hub's keys from one of its processes. */
async function startService(hubUrl: () => string) {
  const client = await createClient("realty");
  const kids = new Set<string>();
  let takeout: ReturnType<typeof createTakeoutService> | undefined;
  const create = () =>
    createTakeoutService({
      service: "realty",
      signingKey: JSON.stringify(client.privateJwk),
      hub: { url: hubUrl(), client: "takeout" },
      categories: [
        category("1", { status: async () => "ready_to_delete", delete: async () => erased() }),
      ],
      log: () => {},
    });
  const fetch = (request: Request) => {
    kids.add(kidOf(request.headers.get("x-ya-service-ticket") ?? ""));
    takeout ??= create();
    return takeout.fetch(request);
  };
  let url = "";
  const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, (info) => {
    url = `http://127.0.0.1:${info.port}`;
  });
  await until("a service that listens", () => url !== "");
  return {
    service: { name: "realty", url, client } as FakeService,
    kids,
    async [Symbol.asyncDispose]() {
      await takeout?.[Symbol.asyncDispose]();
      server.close();
    },
  };
}

function kidOf(ticket: string): string {
  const [header = ""] = ticket.split(".");
  return JSON.parse(Buffer.from(header, "base64url").toString()).kid;
}

async function readKeys(hubUrl: string) {
  const answer = await fetch(`${hubUrl}/.well-known/jwks.json`);
  return (await answer.json()) as ReturnType<typeof newSigningKey>["jwks"];
}

test("the signing key is rotated, one process after another, and no service refuses a call", async () => {
  await using database = await createDatabase();
  let oldest = "";
  await using realty = await startService(() => oldest);
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty.service]],
  });
  const [a, b] = [newSigningKey(), newSigningKey()];
  const [kidA, kidB] = [a, b].map(({ privateJwk }) => privateJwk.kid);
  const [keyA, keyB] = [a, b].map(({ privateJwk }) => JSON.stringify(privateJwk));
  const before = landscape.start("up", {
    TAKEOUT_SIGNING_KEY: keyA,
    TAKEOUT_SIGNING_KEY_OLD: keyB,
  });
  oldest = await before.address();
  await using sql = Object.assign(postgres(database.url, { max: 1 }), {
    [Symbol.asyncDispose]: async () => await sql.end(),
  });
  let uid = 4_000;
  const removeUntilSignedBy = async (address: string, kid: string | undefined) => {
    const client = createHubClient(address, landscape.portal);
    await until("a call that the key signed", async () => {
      uid += 1;
      expect((await client.remove(`${uid}`, "r", ["1"])).status).toBe(200);
      return realty.kids.has(kid ?? "");
    });
  };
  await removeUntilSignedBy(oldest, kidA);
  // The service read its keys while nobody signed by the new one, and reads them from who does not sign by it yet.
  const next = landscape.start("up", { TAKEOUT_SIGNING_KEY: keyB, TAKEOUT_SIGNING_KEY_OLD: keyA });
  const newest = await next.address();
  await removeUntilSignedBy(newest, kidB);
  await until("the end of all", async () => {
    const [open] = await sql`select count(*)::int as n from deletions where closed_at is null`;
    return open?.n === 0;
  });
  const states = await sql`select distinct state, error_code from parts`;
  expect(states).toMatchObject([{ state: "deleted", error_code: null }]);

  const jwks = await Promise.all([oldest, newest].map(readKeys));
  const [publicA, publicB] = [a.jwks.keys[0], b.jwks.keys[0]];
  expect(jwks).toEqual([{ keys: [publicA, publicB] }, { keys: [publicB, publicA] }]);
  await checkArchiveOf(a, jwks[1]?.keys ?? []);
});

/** What the old key has signed is still good by what the new process shows. */
async function checkArchiveOf(
  key: ReturnType<typeof newSigningKey>,
  shown: Parameters<typeof verifyArchive>[1],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "takeout-rotation-"));
  try {
    const path = join(folder, "archive.zip");
    await writeFile(path, await collect(writeArchive(sampleInput([{ content: "x" }], {}, key))));
    const { problems, signature } = await verifyArchive(path, shown);
    expect(problems).toEqual([]);
    expect(signature).toMatchObject({ kind: "good", kid: key.privateJwk.kid });
  } finally {
    await rm(folder, { recursive: true });
  }
}
