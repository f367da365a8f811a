import type { AskedWork, WorkKind } from "./engine.ts";

/** One kind of work out of several, by what was asked. */
export function dispatch<A extends AskedWork>(
  kinds: {
    [K in A["kind"]]: WorkKind<Extract<A, { kind: K }>>;
  },
): WorkKind<A> {
  const of = (asked: A) => kinds[asked.kind as A["kind"]] as unknown as WorkKind<A>;
  return {
    keyOf: (asked) => of(asked).keyOf(asked),
    usersOf: (asked) => of(asked).usersOf(asked),
    run: (asked, run) => of(asked).run(asked, run),
    lost: (asked) => of(asked).lost(asked),
    report: (asked, told, signal) => of(asked).report(asked, told, signal),
    isUndone: (asked, error) => of(asked).isUndone(asked, error),
    onGivenUp: (asked, error) => of(asked).onGivenUp(asked, error),
  };
}
