import { createServer } from "node:http";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

createServer(createNodeHandler(takeout)).listen(Number(process.env.PORT), "127.0.0.1");
