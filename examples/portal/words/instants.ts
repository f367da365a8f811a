import { html } from "hono/html";
import type { Html } from "../pages/html.ts";

const moment = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "long",
  timeStyle: "short",
  timeZone: "UTC",
});
const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

export function showMoment(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${moment.format(at)} UTC</time>`;
}

export function showDay(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${day.format(at)}</time>`;
}
