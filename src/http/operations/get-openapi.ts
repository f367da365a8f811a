import type { Handler } from "../operation.ts";

export const getOpenapi: Handler = async (context) => ({
  status: 200,
  body: await context.openapi(),
  headers: { "content-type": "application/yaml; charset=utf-8" },
});
