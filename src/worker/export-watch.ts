import { setTimeout } from "node:timers/promises";
import type { FlowContext } from "../flows/context.ts";
import { unparkExports } from "../flows/export/unpark-exports.ts";

const lookEveryMs = 1_000;

/** Lets exports that wait in line go on as services have room for them. */
export async function watchExports(context: FlowContext, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await unparkExports(context).catch((error) =>
      context.outage.failed(error, "the lines of exports could not be looked at"),
    );
    const pauseMs = lookEveryMs * (0.8 + Math.random() * 0.4);
    await setTimeout(pauseMs, null, { signal: stopping }).catch(() => {});
  }
}
