import fastify from "fastify";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

const app = fastify();
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _body, done) => done(null));
  scope.all("/v1/takeout/*", (request, reply) => {
    reply.hijack();
    createNodeHandler(takeout)(request.raw, reply.raw);
  });
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
