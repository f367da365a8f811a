import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { takeout } from "./takeout.ts";

const { PORT = "4300", HOST = "127.0.0.1" } = process.env;
const app = new Hono();
app.all("/v1/takeout/*", ({ req }) => takeout.fetch(req.raw));

await takeout.start();
const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: HOST });
process.once("SIGTERM", () => server.close(() => takeout.close()));
