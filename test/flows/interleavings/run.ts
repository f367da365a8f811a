import type { ServiceClient } from "../../../src/connected/service-client.ts";
import { TakeoutError } from "../../../src/domain/errors.ts";
import { cancelDeletion } from "../../../src/flows/admin/cancel-deletion.ts";
import { resolveDeletion } from "../../../src/flows/admin/resolve-deletion.ts";
import { retryDeletion } from "../../../src/flows/admin/retry-deletion.ts";
import type { FlowContext } from "../../../src/flows/context.ts";
import { driveDeletion } from "../../../src/flows/drive-deletion.ts";
import { sweep } from "../../../src/flows/sweep.ts";
import { type History, readHistory, type ServiceCall } from "../../support/history.ts";
import { createTestHub, type ServiceOverrides, type TestHub } from "../../support/hub.ts";
import { hurry } from "../../support/ledger-rows.ts";
import { createDice, type Dice } from "../../support/random.ts";
import { type SecondProcess, startSecondProcess } from "../../support/second-process.ts";
import { type Letter, type MoodyService, startMoodyService } from "./moody-service.ts";

const names = ["orders", "realty", "maps", "social"] as const;
const uids = ["7001", "7002"] as const;
const actionsOfARun = 60;
const atOnce = 5;

interface Stage {
  readonly dice: Dice;
  readonly hub: TestHub;
  readonly services: readonly MoodyService[];
  readonly letters: readonly Letter[];
  readonly send: (letter: Letter) => Promise<unknown>;
  /** Three processes on one ledger; the calls of the last one come back only when it is let go on. */
  readonly processes: readonly FlowContext[];
  readonly stopped: Stopped;
}

/** One random run against the real flows and a real database. @returns what happened. */
export async function runInterleaving(seed: number): Promise<History> {
  const dice = createDice(seed);
  const calls: ServiceCall[] = [];
  const letters: Letter[] = [];
  let hub: TestHub | undefined;
  const send = async ({ service, body }: Letter) => await hub?.report(service, body);
  const landscape = rollLandscape(dice);
  await using stack = new AsyncDisposableStack();
  const services: MoodyService[] = [];
  for (const { name, completion } of landscape) {
    const setting = { dice, calls, letters, send };
    services.push(stack.use(await startMoodyService(name, completion, setting)));
  }
  const configured = services.map(({ fake }, at) => [fake, landscape[at]?.rules ?? {}] as const);
  hub = stack.use(await createTestHub({ services: configured, overrides: { random: dice.next } }));
  const fakes = services.map(({ fake }) => fake);
  const second = stack.use(startSecondProcess(hub, fakes));
  const third = stack.use(startSecondProcess(hub, fakes));
  const stopped = stop(third);
  const processes = [hub.flows, second.flows, stopped.flows];
  const stage = { dice, hub, services, letters, send, processes, stopped };
  await disturb(stage);
  await finish(stage);
  return await readHistory(hub.sql, hub.flows.registry, calls);
}

function rollLandscape(dice: Dice) {
  return names.map((name, at) => {
    const completion = dice.pick(["report", "answer"] as const);
    const rules: ServiceOverrides = {
      completion,
      categories: at === 0 ? ["1", "2"] : dice.pick([["1"], ["2"], ["1", "2"]]),
      after: names.slice(0, at).filter(() => dice.chance(0.5)),
      attempts: dice.pick([2, 4, 8]),
      backoff: { firstMs: 5, maxMs: 50 },
      timeout: { statusMs: 250, deleteMs: 250, exportMs: 250 },
      reportWithinMs: 20_000,
      concurrency: dice.pick([1, 2, 16]),
    };
    return { name, completion, rules };
  });
}

interface Stopped {
  readonly flows: FlowContext;
  /** Its drives, which nobody waits for while it is stopped. */
  readonly drives: Promise<void>[];
  /** Lets the process go on: it learns only now what became of its calls. */
  resume(): void;
}

/** A process that is stopped while its calls are out, with answers that it takes in much too late. */
function stop({ flows }: SecondProcess): Stopped {
  const waiting: (() => void)[] = [];
  let isStopped = true;
  const late = (client: ServiceClient): ServiceClient => ({
    ...client,
    async post(call) {
      const reply = await client.post(call);
      if (isStopped) await new Promise<void>((resolve) => waiting.push(resolve));
      return reply;
    },
  });
  const services = [...flows.services].map(([name, lines]) => {
    return [name, { ...lines, work: late(lines.work) }] as const;
  });
  return {
    flows: { ...flows, services: new Map(services) },
    drives: [],
    resume() {
      isStopped = false;
      for (const goOn of waiting.splice(0)) goOn();
    },
  };
}

/** Everything at once: requests, drives in three processes, reports again and again, leases running out. */
async function disturb(stage: Stage): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  for (let count = 0; count < actionsOfARun; count += 1) {
    const action = act(stage, count).finally(() => underWay.delete(action));
    underWay.add(action);
    if (underWay.size >= atOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

async function act(stage: Stage, count: number): Promise<unknown> {
  const { dice, hub, services, letters, send } = stage;
  const lot = count < 3 ? 0 : dice.next();
  if (lot < 0.12) {
    const categories = dice.pick([["1"], ["2"], ["1", "2"]]);
    return await hub.remove(dice.pick(uids), `request-${dice.below(12)}`, categories);
  }
  if (lot < 0.6) return await driveSome(stage);
  if (lot < 0.78) return letters.length > 0 && (await send(dice.pick(letters)));
  if (lot < 0.86) return await operate(stage);
  if (lot < 0.93) return await hurry(hub, dice.pick([10, 100, 6_000, 21_000]));
  return dice.pick(services).answerOne();
}

/** An operator has something tried again, calls it off, or ends what is left of it together with another. */
async function operate({ dice, hub, services }: Stage): Promise<void> {
  const how = dice.next();
  const fits = how < 0.7 ? "is_failed" : how < 0.85 ? "is_untouched" : "is_open";
  const rows = await hub.sql<({ id: string } & Record<typeof fits, boolean>)[]>`
    select id, closed_as is not distinct from 'failed' as is_failed, closed_at is null as is_open,
      closed_at is null and not exists (select from parts where deletion_id = id and attempt > 0) as is_untouched
    from deletions`;
  if (rows.length === 0) return;
  const fitting = rows.filter((row) => row[fits]);
  const { id: deletionId } = dice.pick(fitting.length > 0 && dice.chance(0.9) ? fitting : rows);
  const act = (login: string) => ({
    ...{ client: "desk", login, operation: "any", reason: "why", idempotency: null },
  });
  const service = dice.pick([null, dice.pick(services).fake.name]);
  const state = dice.pick(["resolved", "cancelled"] as const);
  try {
    if (fits === "is_failed") await retryDeletion(hub.flows, { act: act("alice"), deletionId });
    else if (fits === "is_untouched")
      await cancelDeletion(hub.flows, { act: act("alice"), deletionId });
    else {
      await resolveDeletion(hub.flows, { act: act("alice"), deletionId, state, service });
      await resolveDeletion(hub.flows, { act: act("bob"), deletionId, state, service });
    }
  } catch (error) {
    if (!(error instanceof TakeoutError) || error.code === "unavailable") throw error;
  }
}

async function driveSome({ dice, hub, processes, stopped }: Stage): Promise<void> {
  const rows = await hub.sql<{ id: string }[]>`select id from deletions where closed_at is null`;
  if (rows.length === 0) return;
  const { id: deletionId } = dice.pick(rows);
  const chosen = [dice.pick(processes), ...(dice.chance(0.4) ? [dice.pick(processes)] : [])];
  // Who is stopped is not waited for; it goes on at the end, or with a little luck before.
  if (dice.chance(0.1)) stopped.resume();
  const drives = chosen.map((flows) => {
    const drive = driveDeletion(flows, { deletionId });
    if (flows !== stopped.flows) return drive;
    stopped.drives.push(drive);
    return null;
  });
  await Promise.all(drives);
}

/** Services obey, every report comes once more, time passes: now everything must end. */
async function finish(stage: Stage): Promise<void> {
  const { hub, services, letters, send, stopped } = stage;
  for (const service of services) service.calmDown();
  stopped.resume();
  await Promise.all(stopped.drives);
  for (let round = 0; round < 60; round += 1) {
    if (round < 3) await operate(stage);
    for (const letter of letters) await send(letter);
    const open = await hub.sql`select from deletions where closed_at is null`;
    if (open.length === 0) return;
    await hurry(hub, 86_400_000);
    await sweep(hub.flows);
    await hub.drain();
  }
}
