import { beforeEach, describe, expect, test } from "vitest";
import {
  createRemoteKeys,
  KeysUnavailable,
  type RemoteKeys,
} from "../../sdk/src/tickets/remote-keys.ts";
import { createClient, type TestClient } from "../support/tickets.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A key set on a wire that the test holds, under a clock that it holds too. */
let served: () => Response | Promise<Response>;
let reads: number;
let now: number;
let keys: RemoteKeys;
let first: TestClient;
let second: TestClient;

beforeEach(async () => {
  [first, second] = [await createClient("takeout", "k1"), await createClient("takeout", "k2")];
  [reads, now] = [0, 1_000_000];
  serve(first);
  keys = createRemoteKeys({
    url: "https://hub.example/.well-known/jwks.json",
    now: () => now,
    fetch: async () => {
      reads += 1;
      return served();
    },
  });
});

function serve(...clients: TestClient[]): void {
  served = () => Response.json({ keys: clients.flatMap((client) => client.jwks.keys) });
}

function fail(): void {
  served = () => new Response("no", { status: 502 });
}

const find = (kid: string) => keys.find({ alg: "EdDSA", kid });

test("keys are read once, however many ask at once", async () => {
  await Promise.all([find("k1"), find("k1"), find("k1")]);
  await find("k1");
  expect(reads).toBe(1);
});

test("an unknown key makes the set be read again, at most once in 30 s", async () => {
  await find("k1");
  now += 31_000;
  await expect(find("k2")).rejects.toThrow();
  await expect(find("k2")).rejects.toThrow();
  expect(reads).toBe(2);
  serve(first, second);
  now += 29_000;
  await expect(find("k2")).rejects.toThrow();
  now += 1_000;
  await find("k2");
  expect(reads).toBe(3);
});

test("an unknown key may be a new one while the hub is silent, which is asked again within seconds", async () => {
  await find("k1");
  fail();
  now += 31_000;
  await expect(find("k2")).rejects.toThrow(KeysUnavailable);
  await find("k1");
  serve(first, second);
  now += 1_000;
  await find("k2");
  expect(reads).toBe(3);
  now += 31_000;
  await expect(find("k3")).rejects.not.toThrow(KeysUnavailable);
});

test("a withdrawn key dies within 10 minutes", async () => {
  await find("k1");
  serve(second);
  now += 9 * minute;
  await find("k1");
  now += minute;
  await expect(find("k1")).rejects.toThrow();
});

test("the last good set serves 24 hours while the hub is silent, and no longer", async () => {
  await find("k1");
  fail();
  now += 23 * hour;
  await find("k1");
  now += hour;
  await expect(find("k1")).rejects.toThrow(KeysUnavailable);
  serve(first);
  now += minute;
  await find("k1");
});

test("a silent hub is asked at most once in 30 s once its keys are known", async () => {
  await find("k1");
  fail();
  now += 11 * minute;
  for (let seconds = 0; seconds < 30; seconds += 1) {
    await find("k1");
    now += 1_000;
  }
  expect(reads).toBe(2);
});

test("a service that started before its hub hears it within seconds", async () => {
  fail();
  await expect(find("k1")).rejects.toThrow(KeysUnavailable);
  serve(first);
  now += 1_000;
  await find("k1");
});

describe("a set is not taken", () => {
  test.each<[string, () => Response]>([
    [
      "when it is longer than 64 KiB",
      () => Response.json({ keys: [], filler: "x".repeat(70_000) }),
    ],
    ["when it is no JSON", () => new Response("<html>")],
    ["when it is no key set", () => Response.json({ keys: "none" })],
    [
      "from a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://a.example" } }),
    ],
  ])("%s", async (_, answer) => {
    served = answer;
    await expect(find("k1")).rejects.toThrow(KeysUnavailable);
  });

  test("with a private or a shared-secret key in it: the key is left out", async () => {
    const secret = { kty: "oct", k: "AAAA", kid: "k3" };
    served = () => Response.json({ keys: [first.privateJwk, secret, null, ...second.jwks.keys] });
    await find("k2");
    now += minute;
    // As unknown as if it had never been served: it makes the set be read again.
    await expect(find("k1")).rejects.not.toThrow(KeysUnavailable);
    expect(reads).toBe(2);
    await expect(keys.find({ alg: "HS256", kid: "k3" })).rejects.toThrow();
  });
});
