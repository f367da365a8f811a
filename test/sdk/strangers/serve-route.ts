// In place of Next.js, which is not installed here: calls a route handler as Next.js does.
import { serve } from "@hono/node-server";
import { POST } from "./route.ts";

const notAllowed = async () => new Response(null, { status: 405 });
const answer = (request: Request) => (request.method === "POST" ? POST(request) : notAllowed());
serve({ fetch: answer, port: Number(process.env.PORT), hostname: "127.0.0.1" });
