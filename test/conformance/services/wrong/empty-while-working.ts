// Wrong on purpose: what it is going to delete it counts as deleted.
import { run } from "../plain/run.ts";

await run({ stateAtWork: "empty", workMs: 800 });
