import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { playInTurn, playPlainlyFirst, playTogether } from "./moves/play.ts";
import {
  anyDoneSeeds,
  anyLedger,
  anyRunningLedger,
  anySeeds,
  categories,
  closingAndOwn,
  lastOfOneCategory,
  lastTwoAtOnce,
  services as names,
} from "./moves/steps.ts";

let services: FakeService[];
let hub: TestHub;

beforeAll(async () => {
  services = await Promise.all(names.map(startFakeService));
  const [orders, realty, maps] = services as [FakeService, FakeService, FakeService];
  hub = await createTestHub({
    categories,
    services: [
      [orders, { concurrency: 2 }],
      [realty, { after: ["orders"], attempts: 3 }],
      [maps, { categories: ["1"], completion: "answer" }],
    ],
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  for (const service of services) await service[Symbol.asyncDispose]();
});

test("reports and steps that come at once leave and answer what they would one after another", async () => {
  const seen = { together: 0, alone: 0, events: 0, closed: 0, jobs: 0, ownStates: 0, stale: 0 };
  await fc.assert(
    fc.asyncProperty(anyLedger, anySeeds, async (ledger, seeds) => {
      const together = await playTogether(hub.flows, ledger, seeds);
      const inTurn = await playInTurn(hub.flows, ledger, seeds, together.order);
      expect(together).toEqual(inTurn);
      // biome-ignore lint/suspicious/noExplicitAny: only counted
      const rows = together.ledger as any;
      const inOrder = together.order.findIndex((at, place) => at !== place);
      seen.together += inOrder < 0 ? seeds.length : inOrder;
      seen.alone += inOrder < 0 ? 0 : 1;
      seen.events += rows.events.length;
      seen.closed += together.closed;
      seen.jobs += rows.jobs.length;
      seen.ownStates += rows.ownStates.length;
      seen.stale += together.answers.filter((answer) => answer === "stale_deletion").length;
    }),
    { numRuns: 250, examples: [closingAndOwn] },
  );
  expect(Object.entries(seen).filter(([, times]) => times < 10)).toEqual([]);
});

test("reports that are settled without their deletion being read leave what they would under its lock", async () => {
  const seen = { settled: 0, left: 0, repeated: 0, ended: 0 };
  await fc.assert(
    fc.asyncProperty(anyRunningLedger, anyDoneSeeds, async (ledger, seeds) => {
      const { settled, ended, ...first } = await playPlainlyFirst(hub.flows, ledger, seeds);
      const inTurn = await playInTurn(hub.flows, ledger, seeds, first.order);
      expect({ ...first, settled: 0, ended: 0 }).toEqual(inTurn);
      // biome-ignore lint/suspicious/noExplicitAny: only counted
      const reports: any[] = (first.ledger as any).reports;
      seen.settled += settled;
      seen.ended += ended;
      seen.left += seeds.length - settled;
      if (settled > 0) seen.repeated += reports.filter(({ times }) => times > 1).length;
    }),
    { numRuns: 400, examples: [lastTwoAtOnce, lastOfOneCategory] },
  );
  expect(Object.entries(seen).filter(([, times]) => times < 10)).toEqual([]);
});
