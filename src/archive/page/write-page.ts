import {
  type ListedFile,
  type Missing,
  manifestName,
  type Subject,
  signatureName,
} from "../manifest.ts";
import { kindOf } from "./kinds.ts";
import { pageStyle } from "./style.ts";
import { clipText, escapeText, formatBytes, formatCount, formatTime, toLink } from "./text.ts";

/** What the page shows of one file. */
export interface ShownFile extends ListedFile {
  /** Tables of what it says, as HTML. */
  readonly preview?: string;
}

export interface PageInput {
  readonly subject: Subject;
  /** In the order in which they are shown. */
  readonly files: readonly ShownFile[];
  /** What people call a service; its name where there is none. */
  readonly titles: ReadonlyMap<string, string>;
}

/** Files with a line of their own, of one service and of all. The others are counted. */
const mostOfService = 200;
const mostOfAll = 2_000;

/**
 * The page that a person opens first: what the archive holds, by service, and what is missing. It needs neither
 * scripts nor a network, and stays small whatever the archive holds.
 */
export function writePage({ subject, files, titles }: PageInput): Buffer {
  const services = [...Map.groupBy(files, ({ service }) => service)];
  const share = Math.floor(mostOfAll / Math.max(1, services.length));
  const most = Math.max(10, Math.min(mostOfService, share));
  const titleOf = (service: string) => titles.get(service) ?? service;
  const sections = services.map(([service, own], index) => {
    const id = `service-${index + 1}`;
    return { id, title: titleOf(service), html: renderService(titleOf(service), own, most, id) };
  });
  return Buffer.from(
    renderDocument([
      renderHeader(subject, files, services.length),
      "<main>",
      renderMissing(subject.missing, titleOf),
      renderContents(sections),
      ...sections.map(({ html }) => html),
      renderEmpty(subject.empty, titleOf),
      "</main>",
      renderFooter(),
    ]),
  );
}

function renderDocument(parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Your data</title>
<style>${pageStyle}</style>
</head>
<body>
${parts.filter((part) => part !== "").join("\n")}
</body>
</html>
`;
}

function renderHeader({ createdAt }: Subject, files: readonly ListedFile[], services: number) {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const what = `${formatCount(files.length, "file", "files")} from ${formatCount(services, "service", "services")}, ${formatBytes(bytes)}`;
  return `<header>
<h1>Your data</h1>
<p>This is a copy of the data that our services hold about you: ${what}. It was made on ${formatTime(createdAt)}.</p>
<p>The files lie in folders beside this page, one folder for each service. Keep them to yourself: they may say a lot about you.</p>
</header>`;
}

/** What a code of ours means to people; any other is shown as it is. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["deadline_passed", "did not answer in time"],
  ["export_failed", "could not make a copy"],
  ["filename_invalid", "gave files under names that cannot be used, and they were left out"],
  ["file_missing", "said that it gave a copy, but no file of it came"],
  ["too_many_files", "has more files than a copy can hold"],
  ["too_large", "gave more at once than can be taken"],
  ["timeout", "did not answer in time"],
  ["no_connection", "could not be reached"],
  ["unreadable", "gave an answer that could not be read"],
  ["storage_full", "gave a copy for which we had no room"],
  ["storage_unavailable", "gave a copy that we could not keep"],
]);

function renderMissing(missing: readonly Missing[], titleOf: (service: string) => string): string {
  if (missing.length === 0) return "";
  const shown = missing.slice(0, mostOfService).map(({ service, reason }) => {
    const why = reasons.get(reason) ?? `is missing (${reason})`;
    return `<li><strong>${escapeText(clipText(titleOf(service), 300))}</strong> ${escapeText(clipText(why, 100))}</li>`;
  });
  return `<section class="missing" aria-labelledby="missing">
<h2 id="missing">This copy is not complete</h2>
<ul>${shown.join("")}</ul>
${renderRest(missing.length - shown.length, `listed in ${manifestName}`)}
<p>You can ask for another copy later.</p>
</section>`;
}

function renderContents(sections: readonly { id: string; title: string }[]): string {
  if (sections.length < 2) return "";
  const links = sections.map(
    ({ id, title }) => `<li><a href="#${id}">${escapeText(title)}</a></li>`,
  );
  return `<nav aria-label="Services"><ul>${links.join("")}</ul></nav>`;
}

function renderService(
  title: string,
  files: readonly ShownFile[],
  most: number,
  id: string,
): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const shown = files.slice(0, most);
  const previews = shown.flatMap(({ name, preview }) =>
    preview === undefined
      ? []
      : [`<details><summary>Look into ${escapeText(name)}</summary>${preview}</details>`],
  );
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${escapeText(title)}</h2>
<div class="wide" tabindex="0"><table class="files">
<caption>${formatCount(files.length, "file", "files")}, ${formatBytes(bytes)}</caption>
<thead><tr><th scope="col">File</th><th scope="col">What it is</th><th scope="col">Size</th><th scope="col">Made</th></tr></thead>
<tbody>
${shown.map(renderFile).join("\n")}
</tbody>
</table></div>
${renderRest(files.length - shown.length, "in the same folder")}
${previews.join("\n")}
</section>`;
}

function renderFile({ path, name, bytes, producedAt }: ShownFile): string {
  const link = `<a href="${toLink(path)}">${escapeText(name)}</a>`;
  return `<tr><th scope="row">${link}</th><td>${kindOf(name)}</td><td class="number">${formatBytes(bytes)}</td><td>${formatTime(producedAt)}</td></tr>`;
}

function renderRest(count: number, where: string): string {
  return count > 0
    ? `<p class="note">And ${formatCount(count, "more", "more")}, ${escapeText(where)}.</p>`
    : "";
}

function renderEmpty(empty: readonly string[], titleOf: (service: string) => string): string {
  if (empty.length === 0) return "";
  const items = empty
    .slice(0, mostOfService)
    .map((service) => `<li>${escapeText(titleOf(service))}</li>`);
  return `<section aria-labelledby="empty">
<h2 id="empty">Nothing is held about you by</h2>
<ul>${items.join("")}</ul>
${renderRest(empty.length - items.length, `listed in ${manifestName}`)}
</section>`;
}

function renderFooter(): string {
  return `<footer>
<p><a href="${manifestName}">${manifestName}</a> lists every file with its size and SHA-256, and <a href="${signatureName}">${signatureName}</a> is our signature of that list: with both, anyone can check that nothing in this archive was changed.</p>
</footer>`;
}
