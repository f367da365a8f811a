import { expect, test } from "vitest";
import { createLedgerClock } from "../../src/store/ledger-clock.ts";

function start() {
  let own = 1_000_000;
  const clock = createLedgerClock(() => own);
  return {
    clock,
    set: (at: number) => {
      own = at;
    },
  };
}

test("until the database has said what time it is, our own clock is all there is", () => {
  expect(start().clock.now()).toBe(1_000_000);
});

test("then the database's time is kept by our own pace, whatever our clock shows", () => {
  const { clock, set } = start();
  clock.learn(700_000, 1_000_000, 1_000_020);
  set(1_000_020);
  expect(clock.now()).toBe(700_010);
  set(1_005_020);
  expect(clock.now()).toBe(705_010);
});

test("a clock that is set while we run is followed at the next answer", () => {
  const { clock, set } = start();
  clock.learn(1_000_000, 1_000_000, 1_000_000);
  set(5_000_000);
  clock.learn(1_001_000, 5_000_000, 5_000_000);
  expect(clock.now()).toBe(1_001_000);
});

test("an answer that took too long, or during which the clock was set back, is not believed", () => {
  const { clock } = start();
  clock.learn(0, 1_000_000, 1_002_001);
  clock.learn(0, 1_000_000, 999_000);
  expect(clock.now()).toBe(1_000_000);
});
