import { setTimeout } from "node:timers/promises";

/** How the service treats the hub, so that a visitor can watch what the hub makes of it. */
export const moods = {
  well: "answers as it should",
  slow: "takes eight seconds over a deletion",
  failing: "fails at every deletion",
  debt: "refuses to delete, because the user owes money",
} as const;

export type Mood = keyof typeof moods;

let mood: Mood = "well";

export const currentMood = (): Mood => mood;

/** What happens before a deletion in this mood. */
export async function suffer(signal: AbortSignal): Promise<void> {
  if (mood === "slow") await setTimeout(8_000, null, { signal });
  if (mood === "failing") throw new Error("payments is spoiled: it fails at every deletion");
}

/** Answers `GET /mood`, and `POST /mood` `{"mood": "slow"}` by being in it from now on. */
export async function serveMood(request: Request): Promise<Response> {
  if (request.method === "POST") {
    const body: unknown = await request.json().catch(() => null);
    const wanted = (body as { mood?: unknown } | null)?.mood;
    if (typeof wanted !== "string" || !Object.hasOwn(moods, wanted)) {
      return Response.json(
        { error: `mood: one of ${Object.keys(moods).join(", ")}` },
        { status: 400 },
      );
    }
    mood = wanted as Mood;
  }
  return Response.json({ mood, moods });
}
