import { flushCompileCache } from "node:module";
import { env } from "node:process";
import { loadConfiguration } from "../../src/config.ts";
import { type Roles, run } from "../../src/run.ts";
import { createFault, type Seams } from "./seams.ts";
import { noteSent } from "./sent.ts";

/**
 * A hub process of the fault suite: as the command it stands for, but named by the suite, so that what it
 * leases can be told apart, and with faults at the seams of its drives.
 */
export interface HubOrders {
  readonly workerId: string;
  readonly roles: Pick<Roles, "http" | "worker">;
  readonly seams?: Seams;
  /** The log of what its processes send. */
  readonly sent: string;
}

flushCompileCache(); // the next ones start sooner: this one may be killed before it could do so at its end
const orders = JSON.parse(env.FAULTS_HUB ?? "") as HubOrders;
noteSent(orders.sent);
const fault = orders.seams && createFault(orders.seams, orders.workerId);
await run({ ...orders.roles, migrate: true }, loadConfiguration(), {
  workerId: orders.workerId,
  ...(fault && { fault }),
});
