import { setTimeout as pause } from "node:timers/promises";
import type { Act, Scenario } from "../scenario.ts";
import { type Completion, startControl } from "./control.ts";
import { type Sight, watchHubs } from "./sights.ts";

/** What is broken, and how long each part of the run lasts, in ms. */
export interface Plan {
  /** Not measured: connections are opened, plans made, code compiled. */
  readonly warmUpMs: number;
  readonly baselineMs: number;
  readonly brokenMs: number;
  readonly recoveryMs: number;
  readonly blackHoles: readonly string[];
  readonly failing: readonly string[];
  /** Black holes that stay silent about what they accepted at last: the hub has to ask them. */
  readonly silent: readonly string[];
  readonly silentMs: number;
}

/** A run of it as it went; moments in ms of this machine's clock, which the database shares. */
export interface Outage {
  readonly baselineAt: number;
  readonly brokenAt: number;
  readonly wellAt: number;
  readonly endedAt: number;
  readonly broken: readonly string[];
  readonly sights: readonly Sight[];
  /** Of a hub that had no faults at the same time. */
  readonly control: readonly Completion[];
}

/** Lets all be well, breaks some services, and makes them well again, under one steady load. */
export async function playOutage(
  plan: Plan,
  scenario: Pick<Scenario, "setup" | "load">,
  act: Act,
): Promise<Outage> {
  const { stage, stopping } = act;
  const { services } = stage;
  const wait = (ms: number) => pause(ms, null, { signal: stopping }).catch(() => {});
  await using control = await startControl(scenario, act);
  using hubs = watchHubs(stage);
  using _same = watchHubs(control.stage);
  await wait(plan.warmUpMs);
  const baselineAt = Date.now();
  await wait(plan.baselineMs - plan.silentMs);
  await services.setMood("silent", plan.silent);
  await wait(plan.silentMs);
  const brokenAt = Date.now();
  await services.setMood("black_hole", plan.blackHoles);
  await services.setMood("failing", plan.failing);
  await wait(plan.brokenMs);
  const broken = [...plan.blackHoles, ...plan.failing];
  await services.setMood("well", broken);
  const wellAt = Date.now();
  await wait(plan.recoveryMs);
  const moments = { baselineAt, brokenAt, wellAt, endedAt: Date.now() };
  return { ...moments, broken, sights: hubs.sights, control: await control.finish() };
}
