/** One breach of a duty, as its developer needs to read it. Names no user and bears no ticket. */
export interface Breach {
  /** What the contract demands here. */
  expected: string;
  /** What the service did instead. */
  happened: string;
  /** Where in the service, or in the way it was started, the cause most likely is. */
  lookAt: string;
}

/** A check found that the service breaks its duty. */
export class DutyBroken extends Error {
  override name = "DutyBroken";
  readonly breaches: readonly Breach[];

  constructor(...breaches: readonly Breach[]) {
    super(breaches.map(({ happened }) => happened).join("; "));
    this.breaches = breaches;
  }
}

/** The duty does not concern this service, for example because it reports nothing. */
export class NotApplicable extends Error {
  override name = "NotApplicable";
}

/** The check could not be made: a hook failed, a port was taken. Says nothing about the service. */
export class CouldNotRun extends Error {
  override name = "CouldNotRun";
}

const mostBreaches = 10;

/** Collects what is wrong in a check of many cases, so that all is told at once. */
export class Breaches {
  readonly #found: Breach[] = [];

  add(breach: Breach): void {
    if (this.#found.length < mostBreaches) this.#found.push(breach);
  }

  /** @throws DutyBroken when anything was added. */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new DutyBroken(...this.#found);
  }
}
