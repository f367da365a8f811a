import { html } from "hono/html";
import type { Html } from "./html.ts";

export interface Notice {
  readonly tone: "good" | "bad";
  readonly title: string;
  readonly text: string;
}

/** What has just happened, as the first thing that a reader meets: it takes the focus when the page opens. */
export function noticeBlock(notice: Notice | null, id = "notice"): Html {
  if (notice === null) return html`<div id="${id}" data-list></div>`;
  const { tone, title, text } = notice;
  return html`<div id="${id}" data-list><div id="${id}-text" class="notice notice-${tone}" tabindex="-1" autofocus>
<p class="notice-title">${title}</p>
<p>${text}</p>
</div></div>`;
}
