import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { statusAnswer } from "./answer.ts";

/** Answers everything with the same, and knows nothing: what node:http itself can do. */
const server = createServer((request, response) => {
  const body = request.method === "GET" ? statusAnswer : "{}";
  request.resume().on("end", () => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    response.writeHead(200, headers).end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port);
});
