import { html } from "hono/html";
import type { Category, Refusal, Status } from "../hub/answers.ts";
import type { ShownService } from "../settings.ts";
import { describeCategory, titleOf } from "../words/names.ts";
import { explainRefusal } from "../words/refusals.ts";
import { explainCategory, type Line, nameState } from "../words/states.ts";
import { type Html, toId } from "./html.ts";

/** What keeps the hub from telling the whole truth now; a live region, empty when all is well. */
export function troubleBlock(status: Status | Refusal): Html {
  const explanation = explainStatus(status);
  const inside =
    explanation &&
    html`<div id="trouble-${toId(explanation.title)}" class="notice notice-bad">
<p class="notice-title">${explanation.title}</p>
<p>${explanation.advice}</p>
</div>`;
  return html`<div id="trouble" role="status" data-list>${inside ?? ""}</div>`;
}

function explainStatus(status: Status | Refusal) {
  if (status.kind === "refused") return explainRefusal(status, "status");
  const isBlind = status.troubles.some(({ code }) => code === "identity_unavailable");
  if (!isBlind) return null;
  return {
    title: "Your accounts could not be looked up",
    advice: "So no service was asked what it holds. Look again in a moment.",
  };
}

/** Every category with its state; those that can be deleted can be chosen. */
export function categoryList(status: Status, services: readonly ShownService[]): Html {
  const items = status.categories.map((category) =>
    categoryItem(
      category,
      explainCategory(category, status.troubles, (name) => titleOf(services, name)),
    ),
  );
  return html`<ul id="categories" class="categories" data-list>${items}</ul>`;
}

function categoryItem(category: Category, lines: readonly Line[]): Html {
  const { id, slug, state } = category;
  const { title, about } = describeCategory(slug);
  const key = toId(id);
  const disabled = state === "ready_to_delete" ? "" : html` disabled`;
  return html`<li id="category-${key}" class="category" data-state="${state}">
<input type="checkbox" id="choose-${key}" name="category" value="${id}" aria-describedby="state-${key} more-${key}"${disabled}>
<label for="choose-${key}">${title}</label>
<p id="state-${key}" class="state state-${state}">${nameState(category)}</p>
${about ? html`<p class="about">${about}</p>` : ""}
<div id="more-${key}" class="lines">${lineList(lines)}</div>
</li>`;
}

export function lineList(lines: readonly Line[]): Html[] {
  return lines.map(({ tone, text }) => html`<p class="line line-${tone}">${text}</p>`);
}
