import { html } from "hono/html";
import type { User } from "../settings.ts";
import type { Html } from "./html.ts";

/** The frame of every page. */
export function layout(page: { title: string; user?: User; main: Html }): Html {
  const { title, user, main } = page;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · Account</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/public/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/public/portal.css">
<script type="module" src="/public/portal.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="bar">
<div class="bar-inside">
<a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span>Account</a>
<span class="tag">a stand-in portal</span>
${user ? whoBlock(user) : ""}
</div>
</header>
<main id="main" tabindex="-1">
${main}
</main>
</body>
</html>`;
}

function whoBlock({ uid, name }: User): Html {
  return html`<div class="who">
<span class="avatar" aria-hidden="true">${initialsOf(name)}</span>
<span class="who-name">${name} <span class="who-uid">${uid}</span></span>
<a class="who-switch" href="/">Switch user</a>
</div>`;
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}
