import { html } from "hono/html";
import type { User } from "../settings.ts";
import type { Line } from "../words/states.ts";
import { lineList } from "./categories.ts";
import type { Html } from "./html.ts";
import { plural } from "./html.ts";
import { layout } from "./layout.ts";
import { type Notice, noticeBlock } from "./notice.ts";

/** A chosen category, with what is worth knowing before it goes. */
export interface Chosen {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly Line[];
}

export interface ConfirmView {
  readonly user: User;
  readonly chosen: readonly Chosen[];
  /** Names this one wish: sending the form twice starts nothing twice. */
  readonly requestId: string;
  readonly notice: Notice | null;
}

/** Asks once more. The script shows `#confirm` in a dialog; without it, it is a page. */
export function confirmPage({ user, chosen, requestId, notice }: ConfirmView): Html {
  const items = chosen.map(
    ({ title, lines }) =>
      html`<li><span class="chosen-title">${title}</span>${lineList(lines)}</li>`,
  );
  const fields = chosen.map(({ id }) => html`<input type="hidden" name="category" value="${id}">`);
  // The question is read first, and a hasty Enter deletes nothing.
  const opened = notice ? "" : html` tabindex="-1" autofocus`;
  return layout({
    title: "Delete?",
    user,
    main: html`<div class="narrow"><section id="confirm" class="card confirm" aria-labelledby="confirm-title">
${noticeBlock(notice, "confirm-notice")}
<h1 id="confirm-title"${opened}>Delete ${plural(chosen.length, "category", "categories")}?</h1>
<ul class="chosen">${items}</ul>
<p>Every service deletes what it holds of this up to the moment you press Delete. What you make later stays.
<strong>This cannot be undone.</strong></p>
<form method="post" action="/users/${user.uid}/delete">
<input type="hidden" name="request_id" value="${requestId}">
${fields}
<div class="actions"><button class="button button-danger" type="submit">Delete</button>
<a class="button" href="/users/${user.uid}" data-cancel>Keep it all</a></div>
</form>
</section></div>`,
  });
}
