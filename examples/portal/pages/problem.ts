import { html } from "hono/html";
import type { Html } from "./html.ts";
import { layout } from "./layout.ts";

/** A page that could not be shown: what happened, and the way back. */
export function problemPage(title: string, text: string): Html {
  return layout({
    title,
    main: html`<div class="narrow">
<h1>${title}</h1>
<p class="lead">${text}</p>
<p><a class="button" href="/">To the start</a></p>
</div>`,
  });
}
