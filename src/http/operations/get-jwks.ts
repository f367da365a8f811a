import type { Handler } from "../operation.ts";
import { jsonReply } from "../present.ts";

export const getJwks: Handler = async (context) =>
  jsonReply(context.publicJwks ?? { keys: [] }, { "cache-control": "public, max-age=60" });
