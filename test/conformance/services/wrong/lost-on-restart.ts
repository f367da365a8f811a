// Wrong on purpose: what it has taken on it knows by heart, until it is started anew.
import { run } from "../plain/run.ts";

await run({ keepsJobsIn: "memory" });
