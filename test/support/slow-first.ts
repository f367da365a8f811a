import { BaseSequencer } from "vitest/node";

// Small files that take long. A checkout that was never tested sorts by size, which would start them last and leave
// the other workers with nothing to do.
const slow = [
  "/test/faults/",
  "/test/conformance/",
  "/test/e2e/",
  "/test/examples/",
  "/test/sdk/strangers",
];

/** Starts what takes long first, so that all workers end at about the same time. */
export class SlowFirst extends BaseSequencer {
  override async sort(
    ...args: Parameters<BaseSequencer["sort"]>
  ): ReturnType<BaseSequencer["sort"]> {
    const sorted = await super.sort(...args);
    const isSlow = ({ moduleId }: { moduleId: string }) =>
      slow.some((part) => moduleId.includes(part));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
