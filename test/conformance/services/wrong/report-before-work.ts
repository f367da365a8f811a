// Wrong on purpose: it tells the hub that all is done, and then begins.
import { run } from "../plain/run.ts";

await run({
  stateAtWork: "ready_to_delete",
  async carryOut(job, { erase, report }) {
    await report({ state: "deleted" });
    if (!job.outcome) await erase();
  },
});
