import { callJson } from "../outgoing.ts";
import type { ShownService } from "../settings.ts";

/** How a service of the demonstration treats the hub just now, and how else it could. */
export interface Mood {
  readonly current: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
}

const timeoutMs = 2_000;
const moodPattern = /^[a-z][a-z_-]{0,31}$/;

/** `null` where the service knows no moods, or does not answer. */
export async function fetchMood(service: ShownService): Promise<Mood | null> {
  if (!service.moods) return null;
  const called = await callJson(`${service.url}/mood`, { timeoutMs });
  if (called.kind === "silence" || called.status !== 200) return null;
  const { mood, moods } = Object(called.body) as Record<string, unknown>;
  const options = Object.entries(Object(moods))
    .filter(([value]) => moodPattern.test(value))
    .map(([value, text]) => ({
      value,
      text: typeof text === "string" ? text.slice(0, 100) : value,
    }));
  return typeof mood === "string" && options.length > 0 ? { current: mood, options } : null;
}

/** Whether the service is now in that mood. */
export async function setMood(service: ShownService, mood: string): Promise<boolean> {
  if (!service.moods || !moodPattern.test(mood)) return false;
  const called = await callJson(`${service.url}/mood`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ mood }),
    timeoutMs,
  });
  return called.kind === "answer" && called.status === 200;
}
