// For the tests of a connected service: a hub that obeys the contract, keys, tickets, a clock, a store.
export type { Clock } from "./clock.ts";
export { createTestClock, type TestClock } from "./testing/clock.ts";
export type { TestDeletion, TestPart } from "./testing/deletions.ts";
export type { TestExport } from "./testing/exports.ts";
export {
  createFakeHub,
  type FakeHub,
  type FakeHubOptions,
  type Interference,
  type TestUser,
} from "./testing/fake-hub.ts";
export { createTestKey, makeTicket, type TestKey, type TicketOptions } from "./testing/tickets.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./work/memory-store.ts";
