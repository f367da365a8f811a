import { html } from "hono/html";
import type { HeldRows, RowTable } from "../services/rows.ts";
import { rowsUrl } from "../services/rows.ts";
import { describeCategory, humanise } from "../words/names.ts";
import { type Html, plural, toId } from "./html.ts";

/** Columns that stand beside one another in a tile; with more, a table has the breadth of all of them. */
const mostInTile = 3;

/** Titles of categories by id. */
export type CategoryTitles = ReadonlyMap<string, string>;

/** What every service holds of the user, row by row. */
export function heldRowsPanel(
  held: readonly HeldRows[],
  uid: string,
  categories: CategoryTitles,
): Html {
  const total = held.reduce((sum, { tables }) => sum + countRows(tables ?? []), 0);
  const answering = held.filter(({ tables }) => tables !== null).length;
  return html`<div id="rows" class="services" data-list>
<p id="rows-total" class="total"><strong>${plural(total, "row")}</strong> in ${plural(answering, "service")}</p>
${held.map((one) => serviceCard(one, uid, categories))}
</div>`;
}

function serviceCard({ service, tables }: HeldRows, uid: string, categories: CategoryTitles): Html {
  const key = `service-${toId(service.name)}`;
  return html`<section id="${key}" class="card service" aria-labelledby="${key}-title" data-list>
<h3 id="${key}-title">${service.title}</h3>
<p id="${key}-count" class="service-count">${tables ? plural(countRows(tables), "row") : "did not answer"}</p>
${tables ? tableList(key, tables, categories) : silence(key)}
<p id="${key}-link" class="service-link"><a href="${rowsUrl(service, uid)}">See it at the service itself</a></p>
</section>`;
}

function silence(key: string): Html {
  return html`<p id="${key}-silence" class="quiet">It does not show its rows just now. The hub keeps trying by itself.</p>`;
}

function tableList(key: string, tables: readonly RowTable[], categories: CategoryTitles): Html {
  return html`<div id="${key}-tables" class="tables" data-list>
${tables.map((table, index) => rowTable(`${key}-table-${index}`, table, categories))}
</div>`;
}

function rowTable(key: string, table: RowTable, categories: CategoryTitles): Html {
  const { name, categoryId, columns, rows, count } = table;
  const { title } = describeCategory(name);
  const category = categories.get(categoryId ?? "");
  const tag = category && category !== title ? html`<span class="belongs">${category}</span>` : "";
  if (count === 0) {
    return html`<div id="${key}" class="table table-empty" data-count="0">
<p class="table-title">${tag}${title} <span class="count">0</span></p>
<p class="quiet">No rows.</p>
</div>`;
  }
  const more = count - rows.length;
  const breadth = columns.length > mostInTile ? " table-broad" : "";
  return html`<div id="${key}" class="table${breadth}" data-count="${count}">
<table>
<caption class="table-title">${tag}${title} <span class="count">${count}<span class="hidden"> ${count === 1 ? "row" : "rows"}</span></span></caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${humanise(column.replace(/_at$/, ""))}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table>
${more > 0 ? html`<p class="quiet">and ${more} more</p>` : ""}
</div>`;
}

function countRows(tables: readonly RowTable[]): number {
  return tables.reduce((sum, { count }) => sum + count, 0);
}
