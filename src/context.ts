import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createBlobStore } from "./blobs/create-blob-store.ts";
import { createPortalStorage } from "./channels/portal-storage.ts";
import { publicPart } from "./config/jwk.ts";
import type { Configuration } from "./config/types.ts";
import { createGates } from "./connected/gates.ts";
import { createIdentityClient } from "./connected/identity-client.ts";
import { createQuestionBreakers } from "./connected/questions.ts";
import { createServiceClient } from "./connected/service-client.ts";
import { createTickets } from "./context/tickets.ts";
import { createRegistry } from "./domain/registry.ts";
import type { FlowContext } from "./flows/context.ts";
import { createDrives } from "./flows/drives.ts";
import { createOutage, withoutOutages } from "./flows/outage.ts";
import { readGauges } from "./flows/read-gauges.ts";
import type { HttpContext } from "./http/context.ts";
import { createLimits } from "./http/limits/limits.ts";
import { createDocsAssets } from "./http/operations/get-docs-assets.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { createAcceptor } from "./store/accept.ts";
import { connectStore } from "./store/connect.ts";
import { deriveKeyring } from "./store/keys.ts";
import { createReadLedger } from "./store/ledger.ts";
import { createLedgerClock } from "./store/ledger-clock.ts";
import { createMoves } from "./store/move-deletions.ts";
import { prepareFindRequest } from "./store/requests.ts";
import { createSubjects } from "./store/subjects.ts";

/** Every adapter of a process, built once. */
export interface Context extends AsyncDisposable {
  readonly flows: FlowContext;
  readonly http: HttpContext;
  readonly log: Log;
}

/** Contract 8. */
const uploadRules = { mostUploadBytes: 5 * 1024 ** 3, uploadStillMs: 30_000 };

/** @param overrides - what a test puts in place of a part of the flows' context. */
export function createContext(
  { settings, config, secrets }: Configuration,
  overrides: Partial<FlowContext> = {},
): Context {
  const plainLog = createLog(settings.logLevel);
  const outage = createOutage(plainLog);
  const log = withoutOutages(plainLog, outage);
  const registry = createRegistry(config);
  const keyring = deriveKeyring([secrets.secret, ...secrets.oldSecrets]);
  const store = connectStore(settings.databaseUrl);
  const clock = createLedgerClock();
  const tickets = createTickets(config, secrets.signingKey, log, { now: clock.now });
  const clients: { close(): Promise<void> }[] = [];
  const connect = (name: string, url: string, concurrency: number) => {
    const client = createServiceClient({
      url,
      concurrency,
      ticket: () => tickets.serviceTicket(name),
    });
    clients.push(client);
    return client;
  };
  const services = config.services.map(({ name, url, concurrency }) => {
    const lines = {
      work: connect(name, url, concurrency),
      questions: connect(name, url, concurrency),
      exports: connect(name, url, concurrency),
    };
    return [name, lines] as const;
  });
  const { identity } = config;
  const storages = [...config.portals.values()].flatMap(({ name, storage }) => {
    if (storage === undefined) return [];
    const ticket = () => tickets.serviceTicket(name);
    const connections = config.export.concurrency;
    const client = createPortalStorage({ url: storage, connections, ticket });
    clients.push(client);
    return [[name, client] as const];
  });
  const blobs = createBlobStore(config.blobs);
  const metrics = createMetrics({ services: registry, readGauges: () => readGauges(flows) });
  const flows: FlowContext = {
    registry,
    rules: {
      statusBudgetMs: config.status.budgetMs,
      trustForMs: config.status.trustForMs,
      deadlineMs: config.stuck.deadlineMs,
      warnAfterMs: config.stuck.warnAfterMs,
      alarmAfterMs: config.stuck.alarmAfterMs,
      keepRequestsMs: config.keep.requestsMs,
      keepLedgerMs: config.keep.ledgerMs,
      exportDeadlineMs: config.export.deadlineMs,
      exportKeepMs: config.export.keepMs,
      delivery: config.export.delivery,
      ...uploadRules,
      hubClient: config.hub.client,
      publicUrl: config.hub.publicUrl,
    },
    store,
    findRequest: prepareFindRequest(store),
    readLedger: createReadLedger(store, registry, config.status.trustForMs),
    accept: createAcceptor(store),
    move: createMoves(store, registry),
    keyring,
    subjects: createSubjects(keyring),
    services: new Map(services),
    identity: identity
      ? createIdentityClient(connect(identity.client, identity.url, 16), identity.timeoutMs)
      : null,
    gates: createGates(config.services),
    exportGates: createGates(config.services),
    blobs,
    storages: new Map(storages),
    async signManifest(statement) {
      // Loaded when there is something to sign, for it takes its time.
      const { createStatementSigner } = await import("./archive/sign-statement.ts");
      return await createStatementSigner(secrets.signingKey)(statement);
    },
    questions: createQuestionBreakers(),
    drives: createDrives(log),
    clock,
    patienceMs: 1_000,
    acceptedWaitsMs: 50,
    workerId: randomUUID(),
    log,
    outage,
    metrics,
    random: Math.random,
    ...overrides,
  };
  const contract = new URL("../generated/hub.yaml", import.meta.url);
  return {
    flows,
    http: {
      flows,
      portals: config.portals,
      operators: config.operators,
      verifier: tickets.verifier,
      // Whoever signs its tickets, the hub signs the manifests of archives.
      publicJwks: {
        keys: [
          ...(tickets.publicJwks?.keys ?? [publicPart(secrets.signingKey)]),
          ...secrets.oldSigningKeys,
        ],
      },
      limits: createLimits(config.limits),
      metrics,
      log,
      openapi: () => readFile(contract, "utf8"),
      docsAsset: createDocsAssets(),
    },
    log,
    async [Symbol.asyncDispose]() {
      await tickets[Symbol.asyncDispose]();
      await Promise.all([store.close(), ...clients.map((client) => client.close())]);
      await blobs[Symbol.asyncDispose]();
    },
  };
}
