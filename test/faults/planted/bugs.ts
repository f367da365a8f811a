import { setTimeout as pause } from "node:timers/promises";
import type { Act, Scenario } from "../scenario.ts";
import type { Edit } from "./tree.ts";

/** A bug that the suite must see, and a run in which it shows. */
export interface Bug {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly scenario: Scenario;
  /** The invariants that must be found broken; others may be too. */
  readonly breaks: readonly string[];
}

const small = {
  order: 0,
  mustShow: "the checker sees it",
  isUntimed: true,
  setup: { services: 4, categories: ["1"], processes: { serve: 1, work: 2 } },
  mood: "flaky",
  load: { deletions: 40, concurrency: 4, perSecond: 10, categories: ["1"] },
  strikesUntil: "done",
  figures: [],
} as const satisfies Partial<Scenario>;

const freshFence: Bug = {
  name: "the fence is taken anew at each call",
  edits: [
    {
      file: "src/flows/make-call.ts",
      text: "to: step.fenceAt,",
      instead: "to: Date.now(),",
    },
  ],
  scenario: { ...small, name: "planted-fence", fault: "services that fail now and then" },
  breaks: [
    "one fence in every call of a deletion: the moment of acceptance",
    "what is newer than the fence stays",
  ],
};

const noGuard: Bug = {
  name: "an outcome is recorded whatever the part's attempt is by then",
  edits: [
    {
      file: "src/domain/outcome.ts",
      text: 'if (part.state !== "calling" || part.attempt !== attempt) return null;',
      instead: "",
    },
  ],
  scenario: {
    ...small,
    name: "planted-guard",
    fault: "a worker that hangs while it calls, is taken for dead, and goes on",
    mood: "late",
    setup: { ...small.setup, service: { timeout: { delete: "15s" } } },
    strike: hangTwice,
  },
  breaks: ["no part is deleted or accepted without an answer, a report or a status behind it"],
};

async function hangTwice({ nemesis, stopping }: Act): Promise<void> {
  for (let count = 0; count < 2 && !stopping.aborted; count += 1) {
    await pause(1_500, null, { signal: stopping }).catch(() => {});
    await nemesis.hang();
  }
}

const acceptSignature = "export function createAcceptor(store: Store): AcceptDeletion {";

const twoTransactions: Bug = {
  name: "parts and job are written in two transactions, and a kill falls between",
  edits: [
    {
      file: "src/store/accept.ts",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the source
      text: "${addDriveJobs(sql, sql`select id::text as id, accepted_at as run_at from deletion`)}",
      instead: "select 0 as jobs from deletion where false",
    },
    {
      file: "src/store/accept.ts",
      text: acceptSignature,
      instead: `${acceptSignature}
  const accept = createAcceptorWithoutJob(store);
  return async (deletion, options) => {
    const accepted = await accept(deletion, options);
    if (accepted.kind !== "accepted" || !accepted.deletionIds.includes(deletion.id)) return accepted;
    if (/[0-3]$/.test(deletion.id)) process.kill(process.pid, "SIGKILL");
    await transact(store, async (sql) => {
      void addDriveJobs;
      await sql\`select graphile_worker.add_job('drive_deletion', json_build_object('deletion_id', \${deletion.id}::text),
        job_key := 'drive_deletion:' || \${deletion.id}::text, max_attempts := 32767)\`;
    });
    return accepted;
  };
}

${acceptSignature.replace("export function createAcceptor", "function createAcceptorWithoutJob")}`,
    },
    {
      file: "src/worker/worker.ts", // the net that would heal it
      text: "await sweep(context).catch(",
      instead: "await Promise.resolve().catch(",
    },
  ],
  scenario: {
    ...small,
    name: "planted-transaction",
    fault: "HTTP processes that are killed between the two",
    load: { ...small.load, deletions: 30, concurrency: 2 },
    patienceMs: 12_000,
  },
  breaks: ["at the end nothing is open, held, or registered without a process"],
};

export const bugs: readonly Bug[] = [freshFence, noGuard, twoTransactions];
