import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { takeout } from "./takeout.ts";

const app = new Hono().all("/v1/takeout/*", ({ req }) => takeout.fetch(req.raw));
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
