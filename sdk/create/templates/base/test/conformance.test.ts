// Plays the hub against this service, which runs as a process of its own, and kills it in between.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { testConformance } from "takeout-sdk/conformance";
import { pool } from "../src/database.ts";

const start = () => spawn(process.execPath, ["the", "command"], { stdio: "inherit" });
let service = start();
after(() => service.kill());

testConformance((name, run, timeout) => test(name, { timeout }, run), {
  url: "http://127.0.0.1:4199",
  service: "service-name",
  categories: ["category-id"],
  listen: 4999,
  serviceKeys: "test/jwks.json",
  seed: async ({ uid, at }) => {
    await pool.query("insert into favorites (uid, created_at) values ($1, $2)", [uid, at]);
  },
  restart: async () => {
    // False: it has died by itself.
    if (service.kill("SIGKILL")) await once(service, "exit");
    service = start();
  },
});
