import type { Subjects } from "../../../src/store/subjects.ts";
import { keptReports } from "../../support/kept-reports.ts";
import type { Stage } from "../stage.ts";
import type { Sent } from "./send.ts";

/** A deletion is there for others a little after the moment that it bears. */
const commitWithinMs = 3_000;

/** Answers that contract 6 does not allow, in words. */
export async function findWrongAnswers({ sql }: Stage, sent: readonly Sent[]): Promise<string[]> {
  const supersededAt = await readSuperseded(sql);
  return sent.flatMap(({ kind, made, answer, sentAt, answeredAt }) => {
    if (answer === null) return [];
    const { expected, body } = made;
    const at = supersededAt.get(`${body.deletion_id} ${body.service}/${body.category_id}`);
    const isRight =
      expected === "current"
        ? isRightForNewest(answer, sentAt, answeredAt, at ?? Number.POSITIVE_INFINITY)
        : answer === expected;
    return isRight ? [] : [`${kind}: ${answer} instead of ${expected}`];
  });
}

function isRightForNewest(answer: string, sentAt: number, answeredAt: number, newerAt: number) {
  if (answer === "ok") return sentAt < newerAt + commitWithinMs;
  return answer === "stale_deletion" && answeredAt >= newerAt;
}

/** When a newer deletion with the same part was accepted, by part; in ms. */
async function readSuperseded(sql: Stage["sql"]): Promise<Map<string, number>> {
  const rows = await sql<{ name: string; at: number }[]>`
    select name, at from (
      select p.deletion_id || ' ' || p.service || '/' || p.category_id as name,
             (extract(epoch from lead(d.accepted_at) over (
               partition by p.subject, p.service, p.category_id order by p.seq)) * 1000)::float8 as at
        from parts p join deletions d on d.id = p.deletion_id) as parts
     where at is not null`;
  return new Map(rows.map(({ name, at }) => [name, at]));
}

export interface Evidence {
  /** Reports that were refused and kept, or taken and not kept as often as they were taken. */
  readonly wronglyKept: readonly string[];
  /** Reports that did what they may not. */
  readonly wronglyDone: readonly string[];
  /** Of all that were sent. */
  readonly moved: number;
}

/** What is kept of one body. */
interface Kept {
  readonly body_hash: string;
  readonly times: number;
  readonly effect: string;
  /** Whose parts it is kept for. */
  readonly places: readonly string[];
}

/** Holds what was answered against what is kept as evidence: each body's own row, by its hash. */
export async function readEvidence(
  { sql }: Stage,
  subjects: Subjects,
  sent: readonly Sent[],
): Promise<Evidence> {
  const rows = await sql<Kept[]>`
    select body_hash, sum(times)::int as times, min(effect) as effect,
           array_agg(distinct service || '/' || category_id) as places
      from ${keptReports(sql)} group by body_hash`;
  const kept = new Map(rows.map((row) => [row.body_hash, row]));
  const wronglyKept: string[] = [];
  const wronglyDone: string[] = [];
  let moved = 0;
  for (const [text, own] of Map.groupBy(sent, (it) => it.text)) {
    const row = kept.get(subjects.bodyHashes(Buffer.from(text))[0]);
    const taken = own.filter(({ answer }) => answer === "ok").length;
    const open = own.filter(({ answer }) => answer === null).length;
    const times = row?.times ?? 0;
    const { kind = "", made } = own[0] ?? {};
    if (times < taken || times > taken + open) {
      wronglyKept.push(`${kind}: kept ${times} times, taken ${taken} and perhaps ${open} times`);
    }
    if (row?.effect === "moves") moved += 1;
    const allowed: readonly string[] | undefined = made?.effects;
    if (row && allowed && !allowed.includes(row.effect)) wronglyDone.push(`${kind}: ${row.effect}`);
    const place = `${made?.body.service}/${made?.body.category_id}`;
    const elsewhere = row?.places.filter((name) => name !== place) ?? [];
    if (elsewhere.length > 0) wronglyDone.push(`${kind}: of ${place}, and kept for ${elsewhere}`);
  }
  return { wronglyKept, wronglyDone, moved };
}
