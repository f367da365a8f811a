import express from "express";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

const { PORT = "4300", HOST = "127.0.0.1" } = process.env;
const app = express();
// Before any parser: theirs refuse what the hub may send.
app.use(createNodeHandler(takeout));

await takeout.start();
const server = app.listen(Number(PORT), HOST);
process.once("SIGTERM", () => server.close(() => takeout.close()));
