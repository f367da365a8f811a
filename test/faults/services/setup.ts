import type { JWK } from "jose";

export interface StubSetup {
  readonly name: string;
  readonly completion: "report" | "answer";
  readonly privateJwk: JWK;
}

/** The hub as services know it: any of its HTTP processes takes a report. */
export interface HubSetup {
  readonly client: string;
  readonly urls: readonly string[];
}

/** What the process of services is started with. */
export interface ServicesSetup {
  /** Where its logs go. */
  readonly folder: string;
  readonly seed: number;
  readonly hub: HubSetup;
  readonly services: readonly StubSetup[];
}

/** What it prints, in one line, when all of them listen. */
export interface ServicesReady {
  readonly control: string;
  readonly urls: Readonly<Record<string, string>>;
}
