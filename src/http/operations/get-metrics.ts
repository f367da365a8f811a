import type { Handler } from "../operation.ts";

export const getMetrics: Handler = async (context) => {
  const { text, contentType } = await context.metrics.render();
  return { status: 200, body: text, headers: { "content-type": contentType } };
};
