import fastify from "fastify";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

const { PORT = "4300", HOST = "127.0.0.1" } = process.env;
const app = fastify();
const handle = createNodeHandler(takeout);
// A hook and no route: the body is read by the handler, not by a parser.
app.addHook("onRequest", ({ raw }, reply, done) =>
  handle(raw, reply.raw, (error) => done(error as Error)),
);
app.addHook("onClose", () => takeout.close());

await takeout.start();
await app.listen({ port: Number(PORT), host: HOST });
process.once("SIGTERM", () => app.close());
