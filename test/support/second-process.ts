import { randomUUID } from "node:crypto";
import { createGates } from "../../src/connected/gates.ts";
import { createServiceClient } from "../../src/connected/service-client.ts";
import type { FlowContext } from "../../src/flows/context.ts";
import { createAcceptor } from "../../src/store/accept.ts";
import { connectStore } from "../../src/store/connect.ts";
import { createReadLedger } from "../../src/store/ledger.ts";
import { createMoves } from "../../src/store/move-deletions.ts";
import { prepareFindRequest } from "../../src/store/requests.ts";
import type { FakeService } from "./fake-service.ts";
import type { TestHub } from "./hub.ts";

/** What another process would have of its own, on the ledger of a test's hub. */
export interface SecondProcess extends AsyncDisposable {
  readonly flows: FlowContext;
}

/** Connections to the database and to the services, slots, and a name in the leases: all its own. */
export function startSecondProcess(
  hub: TestHub,
  services: readonly FakeService[],
  overrides: Partial<FlowContext> = {},
): SecondProcess {
  const { registry } = hub.flows;
  const store = connectStore(hub.databaseUrl, { max: 8 });
  const clients = registry.services.map(({ name, concurrency }) => {
    const url = services.find((service) => service.name === name)?.url ?? "http://127.0.0.1:1";
    return [name, createServiceClient({ url, concurrency, ticket: () => "ticket" })] as const;
  });
  return {
    flows: {
      ...hub.flows,
      store,
      findRequest: prepareFindRequest(store),
      readLedger: createReadLedger(store, registry, hub.flows.rules.trustForMs),
      accept: createAcceptor(store),
      services: new Map(
        clients.map(([name, line]) => [name, { work: line, questions: line, exports: line }]),
      ),
      move: createMoves(store, overrides.registry ?? registry),
      gates: createGates(registry.services),
      exportGates: createGates(registry.services),
      workerId: randomUUID(),
      ...overrides,
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map(([, client]) => client.close()));
      await store.close();
    },
  };
}
