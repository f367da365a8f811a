// Wrong on purpose: it deletes whatever the user has, also what was made after the request.
import { run } from "../plain/run.ts";

await run({ fenceOf: () => new Date(Date.now() + 3_600_000) });
