// Wrong on purpose: a second report says that what was deleted has failed.
import { soundBehaviour } from "../plain/behaviour.ts";
import { run } from "../plain/run.ts";

await run({
  async carryOut(job, { erase, report }) {
    await soundBehaviour.carryOut(job, {
      erase,
      async report(body) {
        const taken = await report(body);
        const error = { code: "timeout", message: "The work took too long." };
        if (taken === "taken") await report({ state: "delete_failed", error });
        return taken;
      },
    });
  },
});
