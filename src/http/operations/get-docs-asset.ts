import { extname } from "node:path";
import { TakeoutError } from "../../domain/errors.ts";
import type { Handler } from "../operation.ts";
import { isDocsAsset } from "./get-docs-assets.ts";
import { docsHeaders } from "./get-docs-policy.ts";

// They change only with the hub's version, and their names do not say which.
const cacheControl = "public, max-age=3600";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".yaml": "application/yaml",
};

export const getDocsAsset: Handler = async (context, call) => {
  const name = call.parameter("asset");
  if (name === null || !isDocsAsset(name)) throw new TakeoutError("not_found");
  return {
    status: 200,
    body: await context.docsAsset(name),
    headers: {
      ...docsHeaders,
      "content-type": `${types[extname(name)]}; charset=utf-8`,
      "cache-control": cacheControl,
    },
  };
};
