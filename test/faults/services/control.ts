import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Mood } from "./moods.ts";
import type { StubCounts, StubService } from "./stub.ts";

/** What the runner may ask of the process of services. */
export interface ServicesControl {
  /** All of them, or those that are named. */
  setMood(mood: Mood, services?: readonly string[]): Promise<void>;
  counts(): Promise<Record<string, StubCounts>>;
  /** Writes down the calls that were never answered, and ends the process. */
  finish(): Promise<void>;
}

interface Command {
  readonly what: "mood" | "counts" | "finish";
  readonly mood?: Mood;
  readonly services?: readonly string[];
}

/** @returns its address. */
export async function listenForControl(
  stubs: ReadonlyMap<string, StubService>,
  stop: () => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const command = JSON.parse(await text(request)) as Command;
    const named = command.services ?? [...stubs.keys()];
    for (const name of named) {
      if (command.mood) stubs.get(name)?.setMood(command.mood);
      if (command.what === "finish") stubs.get(name)?.writeUnanswered();
    }
    const counts = [...stubs].map(([name, stub]) => [name, stub.counts()]);
    response.end(JSON.stringify(Object.fromEntries(counts)), () => {
      if (command.what === "finish") stop();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function createControl(address: string): ServicesControl {
  const send = async (command: Command): Promise<Record<string, StubCounts>> => {
    const init = { method: "POST", body: JSON.stringify(command) };
    const response = await fetch(address, { ...init, signal: AbortSignal.timeout(20_000) });
    return (await response.json()) as Record<string, StubCounts>;
  };
  return {
    async setMood(mood, services) {
      await send({ what: "mood", mood, ...(services && { services }) });
    },
    counts: () => send({ what: "counts" }),
    async finish() {
      await send({ what: "finish" });
    },
  };
}
