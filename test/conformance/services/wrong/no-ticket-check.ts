// Wrong on purpose: it lets everybody in.
import { run } from "../plain/run.ts";

await run({ judgeTicket: async () => undefined });
