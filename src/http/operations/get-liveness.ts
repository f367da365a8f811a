import type { Handler } from "../operation.ts";
import { jsonReply } from "../present.ts";

export const getLiveness: Handler = async () => jsonReply({ status: "ok" });
