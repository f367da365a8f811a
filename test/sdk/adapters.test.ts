import "reflect-metadata";
import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { serve } from "@hono/node-server";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { createNodeHandler } from "takeout-sdk/node";
import { category, erased, type TakeoutService } from "takeout-sdk/service";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deleteBody, type RunningService, startService, user } from "./running-service.ts";

interface Served {
  url: string;
  close(): Promise<unknown>;
}

function served(server: Server): Promise<Served> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      const close = () => {
        server.closeAllConnections();
        return new Promise((closed) => server.close(closed));
      };
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}

/** Each as the README has it, in an application that has a page of its own. */
const frameworks: Record<string, (takeout: TakeoutService) => Promise<Served>> = {
  async "node:http"(takeout) {
    return served(createServer(createNodeHandler(takeout)));
  },

  async Express(takeout) {
    const app = express();
    app.use(createNodeHandler(takeout));
    app.use(express.json());
    app.get("/own", (_, response) => void response.send("own"));
    return served(createServer(app));
  },

  async "Express, after its parser"(takeout) {
    const app = express();
    app.use(express.json({ limit: "2mb" }));
    app.use(createNodeHandler(takeout));
    app.get("/own", (_, response) => void response.send("own"));
    return served(createServer(app));
  },

  async Fastify(takeout) {
    const app = fastify();
    const handle = createNodeHandler(takeout);
    app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _body, done) => done(null));
      scope.all("/v1/takeout/*", (request, reply) => {
        reply.hijack();
        handle(request.raw, reply.raw);
      });
    });
    app.get("/own", async () => "own");
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, close: () => app.close() };
  },

  async NestJS(takeout) {
    class AppModule {}
    Module({})(AppModule);
    const app = await NestFactory.create(AppModule, { logger: false });
    app.use(createNodeHandler(takeout));
    await app.listen(0, "127.0.0.1");
    return { url: await app.getUrl(), close: () => app.close() };
  },

  async Hono(takeout) {
    const app = new Hono();
    app.all("/v1/takeout/*", (context) => takeout.fetch(context.req.raw));
    app.get("/own", (context) => context.text("own"));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
    await new Promise((listening) => server.once("listening", listening));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      close: () => new Promise((closed) => server.close(closed)),
    };
  },
};

describe.each(Object.entries(frameworks))("%s", (name, start) => {
  let running: RunningService;
  let app: Served;
  let headers: Record<string, string>;
  beforeAll(async () => {
    const held = category("1", {
      status: async () => "ready_to_delete",
      delete: async () => erased(),
    });
    running = await startService({ categories: [held] });
    app = await start(running.service);
    const ticket = await running.hub.client.serviceTicket("realty");
    headers = { "content-type": "application/json", "x-ya-service-ticket": ticket };
  });
  afterAll(async () => {
    await app.close();
    await running[Symbol.asyncDispose]();
  });

  const post = (path: string, body: object | string, more: Record<string, string> = {}) =>
    fetch(`${app.url}${path}`, {
      method: "POST",
      headers: { ...headers, ...more },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  test.each(["", "/"])("status is answered over HTTP, trailing slash: %j", async (slash) => {
    const asked = { ...user, categories: ["1", "2"] };
    const answer = await post(`/v1/takeout/status${slash}`, asked, { "x-request-id": "call-7" });
    expect([answer.status, answer.headers.get("x-request-id")]).toEqual([200, "call-7"]);
    expect(await answer.json()).toEqual({
      categories: [
        { id: "1", data_state: "ready_to_delete" },
        { id: "2", data_state: "empty" },
      ],
    });
  });

  test("a deletion is answered and reported", async () => {
    const answer = await post("/v1/takeout/delete/", deleteBody);
    expect(answer.status).toBe(200);
    expect(running.hub.reports.at(-1)?.body).toMatchObject({ state: "deleted", category_id: "1" });
  });

  test("a body of 1 MiB is taken, and a call without a ticket is not", async () => {
    const empty = JSON.stringify({ ...deleteBody, filler: "" });
    const filler = "x".repeat(1024 * 1024 - empty.length);
    expect((await post("/v1/takeout/delete/", { ...deleteBody, filler })).status).toBe(200);
    const refused = await post("/v1/takeout/delete/", deleteBody, { "x-ya-service-ticket": "" });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(await refused.json()).toMatchObject({ code: "service_ticket_missing" });
  });

  test("calls that come after each other over one connection are told apart", async () => {
    const { port, hostname } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const ask = (path: string, body: string, length = Buffer.byteLength(body)) =>
      `POST ${path} HTTP/1.1\r\nhost: realty\r\ncontent-type: application/json\r\n` +
      `x-ya-service-ticket: ${headers["x-ya-service-ticket"]}\r\ncontent-length: ${length}\r\n\r\n${body}`;
    const status = JSON.stringify({ ...user, categories: ["1"] });
    socket.write(ask("/v1/takeout/status/", status) + ask("/v1/takeout/delete/", "{}"));
    let text = "";
    for await (const chunk of socket.setEncoding("utf8")) {
      text += chunk;
      if (text.split("HTTP/1.1 ").length === 3 && /errors/.test(text)) break;
    }
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
  });

  test.skipIf(name === "node:http" || name === "NestJS")(
    "the application's own pages are left to it",
    async () => {
      const answer = await fetch(`${app.url}/own`);
      expect([answer.status, await answer.text()]).toEqual([200, "own"]);
    },
  );
});

describe("a Next.js route handler", () => {
  test("is the service's fetch: a function of a Request, without this", async () => {
    const held = category("1", { status: async () => "empty", delete: async () => erased() });
    await using running = await startService({ categories: [held] });
    const { fetch: POST } = running.service;
    const ticket = await running.hub.client.serviceTicket("realty");
    const request = new Request("https://realty.example/v1/takeout/delete", {
      method: "POST",
      headers: { "content-type": "application/json", "x-ya-service-ticket": ticket },
      body: JSON.stringify(deleteBody),
    });
    expect((await POST(request)).status).toBe(200);
    expect(running.hub.reports).toHaveLength(1);
  });
});

describe("a listener of node:http", () => {
  test("answers a body that is too long before it has come whole, and ends the connection", async () => {
    await using running = await startService({ categories: [] });
    const app = await served(createServer(createNodeHandler(running.service)));
    const ticket = await running.hub.client.serviceTicket("realty");
    const request = httpRequest(`${app.url}/v1/takeout/delete/`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-ya-service-ticket": ticket },
    });
    const answered = new Promise<[number | undefined, string | undefined]>((resolve) => {
      request.on("response", (answer) => {
        resolve([answer.statusCode, answer.headers.connection]);
        answer.resume();
      });
    });
    request.on("error", () => {});
    request.write("x".repeat(1024 * 1024 + 1));
    expect(await answered).toEqual([413, "close"]);
    request.destroy();
    await app.close();
  });

  test("gives a path that looks like a host to the service as a path", async () => {
    await using running = await startService({ categories: [] });
    const app = await served(createServer(createNodeHandler(running.service)));
    const { port } = new URL(app.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.end("GET //health/live HTTP/1.1\r\nhost: realty\r\nconnection: close\r\n\r\n");
    expect((await socket.setEncoding("utf8").toArray()).join("")).toMatch(/^HTTP\/1\.1 404/);
    await app.close();
  });

  test("does not hide an error of the handler: it goes to the framework, or ends the connection", async () => {
    const failing = { fetch: () => Promise.reject(new Error("no")) };
    const app = express();
    app.use(createNodeHandler(failing));
    app.use(
      ((_error, _request, response, _next) =>
        void response.status(500).send("caught")) satisfies express.ErrorRequestHandler,
    );
    const [framework, plain] = [
      await served(createServer(app)),
      await served(createServer(createNodeHandler(failing))),
    ];
    const answer = await fetch(`${framework.url}/v1/takeout/status/`);
    expect([answer.status, await answer.text()]).toEqual([500, "caught"]);
    await expect(fetch(`${plain.url}/v1/takeout/status/`)).rejects.toThrow();
    await Promise.all([framework.close(), plain.close()]);
  });
});

test("what a call came to is with the hub once the service has closed, although the process ends then", async () => {
  const work = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const held = category("1", {
    status: async () => "empty",
    delete: async () => {
      begun.resolve();
      await work.promise;
      return erased();
    },
  });
  await using running = await startService({ completion: "answer", categories: [held] });
  const { url, close } = await served(createServer(createNodeHandler(running.service)));
  const ticket = await running.hub.client.serviceTicket("realty");
  const answer = fetch(`${url}/v1/takeout/delete/`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-ya-service-ticket": ticket },
    body: JSON.stringify(deleteBody),
  }).then(({ status }) => status);
  await begun.promise;
  work.resolve();
  await running.service.close();
  const closed = close();
  expect(await answer).toBe(200);
  await closed;
});
