import { join } from "node:path";
import { expect, test } from "vitest";
import { listenAnywhere } from "../support/ports.ts";
import { startProcess, until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";

const main = join(import.meta.dirname, "..", "..", "examples", "portal", "main.ts");

async function start(env: Record<string, string>) {
  const { privateJwk } = await createClient("passport");
  const needed = {
    TAKEOUT_HUB_URL: "http://127.0.0.1:9",
    TAKEOUT_PORTAL_KEY: JSON.stringify(privateJwk),
    PORT: "0",
  };
  return startProcess(process.execPath, [main], { env: { ...process.env, ...needed, ...env } });
}

test("every fault of the settings is told at once, and it exits with 78", async () => {
  await using portal = await start({
    TAKEOUT_HUB_URL: "ftp://hub",
    TAKEOUT_PORTAL_KEY: "/no/such/file",
    TAKEOUT_PORTAL_NAME: "A portal",
    PORT: "65536",
    PORTAL_USERS: '[{"uid":"0","name":"Nobody"}]',
    PORTAL_SERVICES: '[{"name":"shop","title":"Shop","url":"javascript:alert(1)"}]',
  });
  expect(await portal.exit).toEqual({ code: 78, signal: null });
  expect(
    portal
      .output()
      .trim()
      .split("\n")
      .map((line) => line.split(":")[1]?.trim())
      .sort(),
  ).toEqual([
    "PORT",
    "PORTAL_SERVICES",
    "PORTAL_USERS",
    "TAKEOUT_HUB_URL",
    "TAKEOUT_PORTAL_KEY",
    "TAKEOUT_PORTAL_NAME",
  ]);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "it shows its invented users, and %s ends it cleanly",
  async (signal) => {
    await using portal = await start({});
    const url = await until("portal", () => /http:\S+/.exec(portal.output())?.[0]);
    // The connection stays open, as a browser's would.
    const page = await (await fetch(url)).text();
    for (const uid of ["4001", "4002", "4003", "4004"]) expect(page).toContain(`/users/${uid}"`);
    portal.child.kill(signal);
    expect(await portal.exit).toEqual({ code: 0, signal: null });
  },
);

test("a port that is taken is told in one line", async () => {
  const { server, port } = await listenAnywhere();
  await using portal = await start({ PORT: `${port}` });
  expect(await portal.exit).toEqual({ code: 1, signal: null });
  expect(portal.output().trim()).toBe(`portal: port ${port} is taken, set PORT`);
  server.close();
});
