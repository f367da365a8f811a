import { html } from "hono/html";
import type { User } from "../settings.ts";
import type { Html } from "./html.ts";
import { initialsOf, layout } from "./layout.ts";

/** Instead of signing in: whom the visitor wants to be. */
export function usersPage(users: readonly User[]): Html {
  const items = users.map(
    ({ uid, name }) => html`<li><a class="person" href="/users/${uid}">
<span class="avatar" aria-hidden="true">${initialsOf(name)}</span>
<span class="person-name">${name}</span>
<span class="person-uid">User ${uid}</span>
</a></li>`,
  );
  return layout({
    title: "Who are you?",
    main: html`<div class="narrow">
<h1>Who are you?</h1>
<p class="lead">A real portal would ask you to sign in. Here you pick somebody: all of them are invented,
and so is their data.</p>
<ul class="people">${items}</ul>
</div>`,
  });
}
