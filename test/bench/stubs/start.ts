import { join } from "node:path";
import { startChild } from "../child.ts";
import type { People } from "../people.ts";
import type { FromStubs, StubCounts, StubsSetup, ToStubs } from "./messages.ts";

export interface StubService {
  readonly name: string;
  readonly url: string;
}

export interface Stubs extends AsyncDisposable {
  readonly services: readonly StubService[];
  /** From now on they report there. */
  expect(reportTo: string, parts: number): Promise<void>;
  /** Resolves when as many parts are reported and acknowledged as were expected, with the moment. */
  done(): Promise<{ readonly at: number; readonly counts: StubCounts }>;
}

const program = join(import.meta.dirname, "main.ts");
const answerWithinMs = 10_000;
/** Of the longest run end to end. */
const doneWithinMs = 180_000;

export async function startStubs(people: People, count: number, folder: string): Promise<Stubs> {
  const names = people.services.slice(0, count).map(({ client }) => client.name);
  const caller = { name: people.hub.name, jwks: people.hub.jwks };
  const setup: StubsSetup = { services: names, caller };
  const child = startChild({
    program: [program],
    env: { STUBS: JSON.stringify(setup) },
    log: join(folder, "stubs.log"),
  });
  const next = <Kind extends FromStubs["kind"]>(kind: Kind, withinMs: number) =>
    new Promise<Extract<FromStubs, { kind: Kind }>>((resolve, reject) => {
      const listen = (message: FromStubs) => {
        if (message.kind !== kind) return;
        end();
        resolve(message as Extract<FromStubs, { kind: Kind }>);
      };
      const fail = () => {
        end();
        reject(new Error(`the stub services did not say "${kind}" in ${withinMs} ms`));
      };
      const timer = setTimeout(fail, withinMs);
      const end = () => {
        clearTimeout(timer);
        child.process.off("message", listen);
        child.process.off("exit", fail);
      };
      child.process.on("message", listen);
      child.process.on("exit", fail);
    });
  const { urls } = await next("listening", answerWithinMs);
  let done: ReturnType<typeof next<"done">> | null = null;
  return {
    services: names.map((name, at) => ({ name, url: urls[at] ?? "" })),
    async expect(reportTo, parts) {
      const tickets = people.services.slice(0, count).map((service) => service.serviceTicket());
      const message: ToStubs = { kind: "expect", reportTo, tickets, parts };
      const expecting = next("expecting", answerWithinMs);
      child.process.send(message);
      await expecting;
      done = next("done", doneWithinMs);
      done.catch(() => {});
    },
    async done() {
      if (done === null) throw new Error("nothing is expected of the stub services");
      return await done;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
