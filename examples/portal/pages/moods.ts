import { html } from "hono/html";
import type { Mood } from "../services/mood.ts";
import type { ShownService } from "../settings.ts";
import { type Html, toId } from "./html.ts";

export interface MoodOf {
  readonly service: ShownService;
  readonly mood: Mood;
}

/** For a service whose answers a visitor may spoil, to see retries, refusals and recovery. */
export function moodForms(moods: readonly MoodOf[], uid: string): Html[] {
  return moods.map(({ service, mood }) => moodForm(service, mood, uid));
}

function moodForm(service: ShownService, { current, options }: Mood, uid: string): Html {
  const key = `mood-${toId(service.name)}`;
  const choices = options.map(({ value, text }) => {
    const selected = value === current ? html` selected` : "";
    return html`<option value="${value}"${selected}>${text}</option>`;
  });
  return html`<form class="card mood" method="post" action="/users/${uid}/mood">
<h3>Spoil ${service.title}</h3>
<p class="quiet">See what the hub makes of a service that is slow, fails or refuses.</p>
<input type="hidden" name="service" value="${service.name}">
<div class="mood-choice">
<label class="hidden" for="${key}">How ${service.title} behaves</label>
<select id="${key}" name="mood">${choices}</select>
<button class="button" type="submit">Apply</button>
</div>
</form>`;
}
