// Makes the page livelier; without it everything works by plain forms and reloads.
// What the server rendered anew replaces what is on the page, element by element, by id.

const page = document.querySelector("[data-progress]");
const pace = { first: 1_000, most: 15_000, slower: 1.3 };
let delay = pace.first;
let timer;
let news = [];

async function load(url, init) {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Brings the elements with these ids up to date; says whether anything changed. */
function show(content, ids) {
  const changes = ids.map((id) => {
    const [old, fresh] = [document.getElementById(id), content.getElementById(id)];
    return Boolean(old && fresh && update(old, fresh));
  });
  if (news.length > 0) document.getElementById("announcer").textContent = news.join(" ");
  news = [];
  return changes.includes(true);
}

/** A list keeps its element, and those of its members that did not change: focus and choices stay. */
function update(old, fresh) {
  if (old.isEqualNode(fresh)) return false;
  const members = (list) => Array.from(list.children, ({ id }) => id).join(" ");
  if (!("list" in fresh.dataset)) replace(old, fresh);
  else if (members(old) !== members(fresh)) old.replaceChildren(...fresh.childNodes);
  else for (const member of [...fresh.children]) update(document.getElementById(member.id), member);
  return true;
}

function replace(old, fresh) {
  const focusedId = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const box of old.querySelectorAll("input:checked")) {
    const next = fresh.querySelector(`#${CSS.escape(box.id)}:enabled`);
    if (next) next.checked = true;
  }
  old.replaceWith(fresh);
  if (focusedId) refocus(focusedId, fresh);
  if (old.dataset.state !== fresh.dataset.state) news.push(...sentences(fresh));
  if (old.dataset.count !== fresh.dataset.count || old.dataset.state !== fresh.dataset.state) {
    flash(fresh);
  }
}

/** The focus stays where it was, also when what had it can no longer be used. */
function refocus(id, fresh) {
  document.getElementById(id)?.focus();
  if (fresh.contains(document.activeElement)) return;
  fresh.tabIndex = -1;
  fresh.focus();
}

/** What a reader hears of a category, or of the copy, that has changed. */
function sentences(category) {
  if (category.dataset.news) return [category.dataset.news];
  const text = (part) => category.querySelector(part)?.innerText.replace(/\s+/g, " ") ?? "";
  return [`${text("label")}: ${text(".state")}.`, text(".lines")].filter(Boolean);
}

function flash(element) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  element.animate([{ backgroundColor: "var(--flash)" }, {}], {
    duration: 1_600,
    easing: "ease-out",
  });
}

const isGoingOn = (state) => document.querySelector(`[data-state="${state}"]`) !== null;

/** Brings up to date what is under way; says whether anything changed. */
async function look() {
  const deletion = isGoingOn("delete_in_progress") && (await load(page.dataset.progress));
  const copy = isGoingOn("export_in_progress") && (await load(`${page.dataset.progress}?of=copy`));
  const ofDeletion = deletion && show(deletion, ["notice", "trouble", "categories", "rows"]);
  const ofCopy = copy && show(copy, ["copy"]);
  return ofDeletion || ofCopy;
}

async function poll() {
  try {
    const isNews = await look();
    delay = isNews ? pace.first : Math.min(delay * pace.slower, pace.most);
  } catch {
    document.getElementById("announcer").textContent = page.dataset.lost;
    delay = Math.min(delay * 2, pace.most);
  }
  schedule();
}

/** Asks again only while something is being deleted or collected, and somebody looks. */
function schedule() {
  clearTimeout(timer);
  const isActive = isGoingOn("delete_in_progress") || isGoingOn("export_in_progress");
  if (isActive && !document.hidden) timer = setTimeout(poll, delay);
}

function follow() {
  delay = pace.first;
  schedule();
}

/** The confirming page as a dialog, so that the rows can be watched. */
async function askToConfirm(form, dialog) {
  const choice = new URLSearchParams(new FormData(form));
  const content = await load(`${form.action}?${choice}`);
  if (!fill(dialog, content)) return showAnswer(content, dialog);
  dialog.showModal();
}

function fill(dialog, content) {
  const section = content.getElementById("confirm");
  if (section) dialog.replaceChildren(section);
  return section !== null;
}

async function remove(form, dialog) {
  const body = new URLSearchParams(new FormData(form));
  const content = await load(form.action, { method: "POST", body });
  if (fill(dialog, content)) return dialog.querySelector("[autofocus]")?.focus();
  showAnswer(content, dialog);
}

function showAnswer(content, dialog) {
  if (!content.getElementById("notice")) throw new Error("another page: the plain form shows it");
  dialog.close();
  show(content, ["notice", "trouble", "categories", "rows"]);
  document.querySelector("#notice [tabindex]")?.focus();
  bringUp(document.querySelector('#categories [data-state="delete_in_progress"]'));
  follow();
}

/** On a wide screen the column scrolls by itself: what was pressed lies at its end, and what is to be watched above. */
function bringUp(category) {
  const column = document.querySelector(".choose");
  const first = category ?? column.firstElementChild;
  column.scrollTop += first.getBoundingClientRect().top - column.getBoundingClientRect().top;
}

function enhance() {
  const choose = document.getElementById("choose");
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "confirm-title");
  page.append(dialog);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const send = form === choose ? askToConfirm : dialog.contains(form) ? remove : null;
    if (!send) return;
    event.preventDefault();
    // Whatever goes wrong, the plain form still works, and repeats the same wish.
    send(form, dialog).catch(() => form.submit());
  });
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    dialog.close();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : follow()));
  if (location.search) history.replaceState(null, "", location.pathname);
  follow();
}

if (page) enhance();
