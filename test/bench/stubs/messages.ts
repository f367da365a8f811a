import type { JWK } from "jose";

/** What the process of stub services is started with, as JSON in `STUBS`. */
export interface StubsSetup {
  readonly services: readonly string[];
  /** Who calls them. */
  readonly caller: { readonly name: string; readonly jwks: { readonly keys: readonly JWK[] } };
}

/** What it is told next, and what it says of itself. */
export type ToStubs =
  | {
      readonly kind: "expect";
      /** Where reports go. */
      readonly reportTo: string;
      /** Each service's ticket, in the order of the setup. */
      readonly tickets: readonly string[];
      /** How many parts are to be reported before it says `done`. */
      readonly parts: number;
    }
  | { readonly kind: "stop" };

export type FromStubs =
  | { readonly kind: "listening"; readonly urls: readonly string[] }
  | { readonly kind: "expecting" }
  | { readonly kind: "done"; readonly at: number; readonly counts: StubCounts };

/** What came of a run. */
export interface StubCounts {
  /** Calls with the caller's ticket, and what they bore: categories of deletions. */
  readonly calls: number;
  readonly partsCalled: number;
  /** Different ones of them. */
  readonly parts: number;
  /** Reports that were answered with 200. */
  readonly reported: number;
  /** Answers other than 200 to a report, and calls without a good ticket. */
  readonly wrong: number;
}
