import { html } from "hono/html";
import type { StoredFile } from "../copies/storage.ts";
import type { Refusal } from "../hub/answers.ts";
import type { Export } from "../hub/export-answers.ts";
import type { ShownService, User } from "../settings.ts";
import { describeCopy, describeShare, isCollecting, isThere, showSize } from "../words/copies.ts";
import { showDay } from "../words/instants.ts";
import { titleOf } from "../words/names.ts";
import { explainRefusal } from "../words/refusals.ts";
import type { Html } from "./html.ts";

/** The copy that the user ordered last; `none`: none was. */
export type Copy =
  | { readonly kind: "none" }
  | Refusal
  | (Export & {
      /** What the hub has pushed to the portal, where it delivers that way; `null`: the hub keeps an archive. */
      readonly files: readonly StoredFile[] | null;
    });

export interface CopyView {
  readonly user: User;
  readonly services: readonly ShownService[];
  readonly copy: Copy;
  /** Names the wish of the button: sending the form twice orders nothing twice. */
  readonly requestId: string;
}

/** The card with the user's copy: the button, how far it is, and the way to the file. */
export function copyCard(view: CopyView): Html {
  const { copy } = view;
  const isActive = copy.kind === "ok" && isCollecting(copy);
  const news = copy.kind === "ok" ? describeCopy(copy) : null;
  return html`<section id="copy" class="card copy" aria-labelledby="copy-title"
 data-state="${isActive ? "export_in_progress" : copy.kind === "ok" ? copy.state : copy.kind}"
 data-news="${news ? `Your copy: ${news.title} ${news.text}` : ""}">
<div class="copy-head"><h2 id="copy-title">A copy of your data</h2>
${news ? html`<p class="state${isActive ? " state-delete_in_progress" : ""}">${news.title}</p>` : ""}</div>
${isActive ? html`<noscript><p><a class="button" href="/users/${view.user.uid}">Reload</a> to see how far it is.</p></noscript>` : ""}
${inside(view)}
</section>`;
}

function inside(view: CopyView): Html {
  const { copy } = view;
  if (copy.kind === "none") {
    return html`<p class="quiet">All that the services hold of you, in one file that opens in any browser.</p>
${orderForm(view, "Export my data")}`;
  }
  if (copy.kind === "refused") {
    const { title, advice } = explainRefusal(copy, "export");
    return html`<p><strong>${title}.</strong> ${advice}</p>${orderForm(view, "Export my data")}`;
  }
  return html`<p class="quiet">${describeCopy(copy).text}</p>
${shares(copy, view.services)}
${isThere(copy) ? download(view, copy) : ""}
${isCollecting(copy) ? "" : orderForm(view, "Export again")}`;
}

function shares({ parts }: Export, services: readonly ShownService[]): Html {
  const items = parts.map(
    (part) =>
      html`<li><span>${titleOf(services, part.service)}</span> <span class="quiet">${describeShare(part)}</span></li>`,
  );
  return html`<ul class="shares">${items}</ul>`;
}

function download({ user }: CopyView, { jobId, expiresAt, files }: Extract<Copy, Export>): Html {
  if (files === null) {
    const until = expiresAt ? html`It is kept until ${showDay(expiresAt)}.` : html``;
    return html`<div class="actions"><a class="button button-good" href="/users/${user.uid}/copy/archive">Download</a>
<span class="quiet">A ZIP; open index.html in it. ${until}</span></div>`;
  }
  const items = files.map(
    ({ id, service, name, bytes }) =>
      html`<li><a href="/users/${user.uid}/copy/files/${jobId}/${id}">${service}/${name}</a> <span class="quiet">${showSize(bytes)}</span></li>`,
  );
  return html`<ul class="shares">${items}</ul>`;
}

function orderForm({ user, requestId }: CopyView, text: string): Html {
  return html`<form method="post" action="/users/${user.uid}/copy">
<input type="hidden" name="request_id" value="${requestId}">
<button class="button" type="submit">${text}</button>
</form>`;
}
