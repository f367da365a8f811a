import { createServer } from "node:http";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

const { PORT = "4300", HOST = "127.0.0.1" } = process.env;

await takeout.start();
const server = createServer(createNodeHandler(takeout)).listen(Number(PORT), HOST);
process.once("SIGTERM", () => server.close(() => takeout.close()));
