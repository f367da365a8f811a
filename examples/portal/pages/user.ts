import { html } from "hono/html";
import type { Refusal, Status } from "../hub/answers.ts";
import type { HeldRows } from "../services/rows.ts";
import type { ShownService, User } from "../settings.ts";
import { describeCategory } from "../words/names.ts";
import { categoryList, troubleBlock } from "./categories.ts";
import { type CopyView, copyCard } from "./copy.ts";
import { type CategoryTitles, heldRowsPanel } from "./held-rows.ts";
import type { Html } from "./html.ts";
import { layout } from "./layout.ts";
import { type MoodOf, moodForms } from "./moods.ts";
import { type Notice, noticeBlock } from "./notice.ts";
import { isOver, sayResult } from "./result.ts";

export interface UserView {
  readonly user: User;
  readonly services: readonly ShownService[];
  readonly status: Status | Refusal;
  readonly held: readonly HeldRows[];
}

/** The user's data: what can be deleted, and beside it what the services hold. */
export function userPage(
  view: UserView & {
    readonly copy: CopyView;
    readonly moods: readonly MoodOf[];
    readonly notice: Notice | null;
  },
): Html {
  const { user, status, held, copy, moods, notice } = view;
  return layout({
    title: `Data of ${user.name}`,
    user,
    main: html`<div data-progress="/users/${user.uid}/progress"
 data-lost="This page has lost its server. It keeps trying.">
<div class="intro">
<h1>Your data</h1>
<p class="lead">Choose what to delete. Every service that holds some of it is asked to, and what you make
afterwards stays.</p>
</div>
${noticeBlock(notice)}
${troubleBlock(status)}
<p id="announcer" class="hidden" role="status"></p>
<div class="columns">
<section class="choose" aria-labelledby="choose-title">
<h2 id="choose-title">What to delete</h2>
${status.kind === "ok" ? choice(view, status) : tryAgain(user)}
${copyCard(copy)}
${moodForms(moods, user.uid)}
</section>
<section class="held" aria-labelledby="held-title">
<h2 id="held-title">What the services hold</h2>
${heldRowsPanel(held, user.uid, titlesOf(status))}
</section>
</div>
</div>`,
  });
}

/** The parts of the page that change while something is being deleted, and the word that it is over. */
export function progressFragment({ user, status, services, held }: UserView): Html {
  return html`${isOver(status) ? noticeBlock(sayResult(status)) : ""}
${troubleBlock(status)}
${status.kind === "ok" ? categoryList(status, services) : ""}
${heldRowsPanel(held, user.uid, titlesOf(status))}`;
}

function titlesOf(status: Status | Refusal): CategoryTitles {
  if (status.kind !== "ok") return new Map();
  return new Map(status.categories.map(({ id, slug }) => [id, describeCategory(slug).title]));
}

function choice({ user, services }: UserView, status: Status): Html {
  const reload = html`<noscript><p class="reload"><a class="button" href="/users/${user.uid}">Reload</a>
to see how far it is.</p></noscript>`;
  return html`<form id="choose" class="card choice" method="get" action="/users/${user.uid}/delete">
<fieldset>
<legend class="hidden">Categories to delete</legend>
${categoryList(status, services)}
</fieldset>
${isOver(status) ? "" : reload}
<div class="actions"><button class="button button-danger" type="submit">Delete…</button>
<span class="quiet">You will be asked once more.</span></div>
</form>`;
}

function tryAgain(user: User): Html {
  return html`<p class="card"><a class="button" href="/users/${user.uid}">Try again</a></p>`;
}
