// Wrong on purpose: called again for a deletion, it makes sure and takes everything.
import { run } from "../plain/run.ts";

await run({
  again: (known) => ({ ...known, outcome: null, fence: new Date(Date.now() + 3_600_000) }),
});
