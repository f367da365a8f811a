// The conformance kit: plays the hub against a service, in whatever language it is written. Needs Node.js.
export { type Breach, CouldNotRun } from "./conformance/breach.ts";
export { checkNames } from "./conformance/checks.ts";
export type { HookOptions, SeedRow } from "./conformance/hooks.ts";
export { toJson } from "./conformance/reporters/json.ts";
export { toJunit } from "./conformance/reporters/junit.ts";
export {
  type ConformanceOptions,
  type ConformanceReport,
  runConformance,
} from "./conformance/run.ts";
export type { CheckResult, Outcome } from "./conformance/runner.ts";
export { type TestFunction, testConformance } from "./conformance/vitest.ts";
