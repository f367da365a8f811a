import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { until } from "../support/processes.ts";
import type { HubOrders } from "./hub.ts";
import { logFiles } from "./logs.ts";
import type { Setup } from "./stage.ts";

type Role = "serve" | "work" | "up";

/** A hub process of the fleet. */
export interface Member {
  readonly workerId: string;
  readonly role: Role;
  readonly child: ChildProcess;
  readonly startedAt: number;
  /** Where it listens; `null`: it only works. */
  readonly url: string | null;
  readonly exit: Promise<Exit>;
  /** Stopped by SIGSTOP, or told to leave: no victim for anything else. */
  isBusy: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The hub's processes: as many of each kind as the setup says, each replaced at once when it ends. */
export interface Fleet extends AsyncDisposable {
  /** Those that live now. */
  members(role?: Role): Member[];
  urls(): string[];
  start(): Promise<void>;
  /** Processes that are started from now on run this tree, and have this in their environment too; {}: as before. */
  change(next: { readonly root?: string; readonly env?: NodeJS.ProcessEnv }): void;
  /** Told of every process that ended by SIGKILL, by its own fault or another's. */
  onKilled(listener: (member: Member) => void): void;
  /** Processes that ended otherwise than by SIGKILL or on request. */
  readonly crashes: readonly { readonly workerId: string; readonly exit: Exit }[];
  /** SIGTERM to all, and nobody takes their places; who does not leave in time is killed. */
  end(): Promise<void>;
  /** How many ended and were replaced. */
  replaced(): number;
}

export interface FleetOptions {
  readonly setup: Setup;
  readonly env: NodeJS.ProcessEnv;
  /** For the processes that listen, one after another. */
  readonly ports: readonly number[];
  readonly folder: string;
  readonly seed: number;
  readonly root?: string;
}

const ownRoot = join(import.meta.dirname, "..", "..");
/** Nothing outlives the runner, however that ends. */
const flags = [`--import=${pathToFileURL(join(ownRoot, "scripts", "follow-parent.mjs")).href}`];
/** What keeps ending is not started for ever. */
const startsAtMost = 2_000;
const startWithinMs = 120_000;
const endWithinMs = 30_000;

interface Place {
  readonly role: Role;
  readonly port: number | null;
}

export function createFleet(given: FleetOptions): Fleet {
  let options = given;
  const places = listPlaces(options);
  const members = new Set<Member>();
  const crashes: { workerId: string; exit: Exit }[] = [];
  const listeners: ((member: Member) => void)[] = [];
  let [started, isOver] = [0, false];

  function fill(place: Place): void {
    if (isOver || started >= startsAtMost) return;
    started += 1;
    const member = startMember(place, `${place.role}-${started}`, options);
    members.add(member);
    void member.exit.then((exit) => {
      members.delete(member);
      fill(place);
      if (isOver) return;
      if (exit.signal === "SIGKILL") for (const listen of listeners) listen(member);
      else if (exit.code !== 0) crashes.push({ workerId: member.workerId, exit });
    });
  }

  async function signalAll(signal: NodeJS.Signals): Promise<void> {
    const all = [...members];
    for (const { child } of all) child.kill(signal);
    await Promise.all(all.map(({ exit }) => exit));
  }

  return {
    members: (role) => [...members].filter((member) => !role || member.role === role),
    urls: () => places.flatMap(({ port }) => (port === null ? [] : [urlOf(port)])),
    async start() {
      for (const place of places) fill(place);
      await Promise.all(places.map(({ port }) => port !== null && answers(urlOf(port))));
    },
    change({ root, env }) {
      options = { ...given, ...(root && { root }), env: { ...given.env, ...env } };
    },
    onKilled: (listener) => listeners.push(listener),
    crashes,
    replaced: () => Math.max(0, started - places.length),
    async end() {
      isOver = true;
      const ended = signalAll("SIGTERM");
      await Promise.race([ended, pause(endWithinMs, null, { ref: false })]);
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await signalAll("SIGKILL");
    },
  };
}

function listPlaces({ setup, ports }: FleetOptions): Place[] {
  const { serve = 0, work = 0, up = 0 } = setup.processes;
  const listening = [...Array(serve).fill("serve"), ...Array(up).fill("up")] as Role[];
  const working = Array(work).fill({ role: "work", port: null }) as Place[];
  return [...listening.map((role, at) => ({ role, port: ports[at] ?? null })), ...working];
}

function startMember({ role, port }: Place, workerId: string, options: FleetOptions): Member {
  const { folder, setup, env, seed, root = ownRoot } = options;
  const orders: HubOrders = {
    workerId,
    roles: { http: role !== "work", worker: role !== "serve" },
    sent: join(folder, logFiles.sent),
    ...(setup.seams && { seams: { seed, ...setup.seams } }),
  };
  const log = openSync(join(folder, "processes", `${workerId}.log`), "a");
  const child = spawn(process.execPath, [...flags, join(root, "test", "faults", "hub.ts")], {
    stdio: ["ignore", log, log],
    env: {
      ...env,
      ...(port !== null && { PORT: `${port}` }),
      FAULTS_HUB: JSON.stringify(orders),
    },
  });
  closeSync(log);
  const exit = once(child, "exit").then(([code, signal]): Exit => ({ code, signal }));
  const url = port === null ? null : urlOf(port);
  return { workerId, role, child, startedAt: Date.now(), url, exit, isBusy: false };
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`;

/** Resolves when a hub listens there and is ready. */
export async function answers(url: string): Promise<void> {
  const ask = () => fetch(`${url}/health/ready`).then(({ ok }) => ok);
  await until(`a hub at ${url}`, () => ask().catch(() => false), startWithinMs);
}
