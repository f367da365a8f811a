import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { servePublic } from "./assets.ts";
import type { Jobs } from "./copies/jobs.ts";
import { createCopyRoutes } from "./copies/routes.ts";
import type { CopyStorage } from "./copies/storage.ts";
import { createStorageApp } from "./copies/storage-app.ts";
import { readChoice, readDeleteForm, readFields } from "./forms.ts";
import { requireOwnName, requireSameOrigin, secureAnswers } from "./guard.ts";
import type { Refusal, Status } from "./hub/answers.ts";
import type { HubClient } from "./hub/client.ts";
import type { CheckHub } from "./hub/hub-ticket.ts";
import { type Chosen, confirmPage } from "./pages/confirm.ts";
import { copyCard } from "./pages/copy.ts";
import type { Notice } from "./pages/notice.ts";
import { isOver, sayResult } from "./pages/result.ts";
import { progressFragment, userPage } from "./pages/user.ts";
import { usersPage } from "./pages/users.ts";
import { answerProblem } from "./problems.ts";
import { fetchMood, setMood } from "./services/mood.ts";
import { fetchRows } from "./services/rows.ts";
import type { ShownService, User } from "./settings.ts";
import { describeCategory, titleOf } from "./words/names.ts";
import { explainRefusal } from "./words/refusals.ts";
import { explainCategory } from "./words/states.ts";

export interface PortalOptions {
  readonly host: string;
  readonly hub: HubClient;
  readonly users: readonly User[];
  readonly services: readonly ShownService[];
  readonly jobs: Jobs;
  /** Where the hub pushes copies to, and how it is known; `null`: nowhere. */
  readonly copies: { readonly storage: CopyStorage; readonly checkHub: CheckHub } | null;
}

const longestForm = 16 * 1024;

const notices: Readonly<Record<string, Notice>> = {
  recorded: {
    tone: "good",
    title: "Your wish is recorded",
    text: "Deletion goes on by itself until every service has done its share; you may leave this page.",
  },
  nothing: { tone: "bad", title: "Nothing is chosen", text: "Choose at least one category." },
  mood: { tone: "good", title: "Applied", text: "Now delete something, and watch." },
  no_mood: {
    tone: "bad",
    title: "It did not work",
    text: "The service does not answer; try again.",
  },
};

/** The portal's pages. Everything but the services' rows and moods comes from the hub's HTTP contract. */
export function createApp(options: PortalOptions): Hono {
  const { hub, users, services, copies } = options;
  const copyRoutes = createCopyRoutes({ ...options, storage: copies?.storage ?? null });
  const app = new Hono();

  // Before the guards of pages: the hub is no browser, and what it sends is no form.
  if (copies) app.route("/", createStorageApp(copies.storage, copies.checkHub));
  app.use(secureAnswers, requireOwnName(options.host), requireSameOrigin);
  app.use(bodyLimit({ maxSize: longestForm, onError: (c) => answerProblem(c, "too_long") }));
  app.notFound((c) => answerProblem(c, "not_found"));
  app.onError((error, c) => {
    console.error(`portal: ${error.stack ?? error}`);
    return answerProblem(c, "broken");
  });

  app.get("/", (c) => c.html(usersPage(users)));
  app.get("/public/:file", servePublic);
  app.get(
    "/users/:uid",
    withUser((c, user) => showUser(c, user, c.req.query("notice") ?? "")),
  );
  app.get("/users/:uid/progress", withUser(showProgress));
  app.get("/users/:uid/delete", withUser(askToConfirm));
  app.post("/users/:uid/delete", withUser(remove));
  app.post("/users/:uid/mood", withUser(changeMood));
  app.post("/users/:uid/copy", withUser(copyRoutes.order));
  app.get("/users/:uid/copy/archive", withUser(copyRoutes.archive));
  app.get("/users/:uid/copy/files/:job/:id", withUser(copyRoutes.file));
  return app;

  function withUser(answer: (c: Context, user: User) => Response | Promise<Response>) {
    return async (c: Context): Promise<Response> => {
      const user = users.find(({ uid }) => uid === c.req.param("uid"));
      return user ? await answer(c, user) : await answerProblem(c, "not_found");
    };
  }

  async function showUser(c: Context, user: User, noticeName: string): Promise<Response> {
    const [status, held, copy, moods] = await Promise.all([
      hub.status(user.uid),
      fetchRows(services, user.uid),
      copyRoutes.view(user),
      Promise.all(services.map(async (service) => ({ service, mood: await fetchMood(service) }))),
    ]);
    const known = moods.flatMap(({ service, mood }) => (mood ? [{ service, mood }] : []));
    const notice = findNotice(noticeName, status);
    const page = userPage({ user, services, status, held, copy, moods: known, notice });
    return c.html(page, noticeName === "nothing" ? 400 : statusCodeOf(status));
  }

  /** Of the copy alone, or of the deletion. */
  async function showProgress(c: Context, user: User): Promise<Response> {
    if (c.req.query("of") === "copy") return c.html(copyCard(await copyRoutes.view(user)));
    const [status, held] = await Promise.all([hub.status(user.uid), fetchRows(services, user.uid)]);
    return c.html(progressFragment({ user, services, status, held }), statusCodeOf(status));
  }

  async function askToConfirm(c: Context, user: User): Promise<Response> {
    const ids = readChoice(new URL(c.req.url).searchParams);
    if (ids === null) return await answerProblem(c, "bad_form");
    if (ids.length === 0) return await showUser(c, user, "nothing");
    const chosen = await describeChosen(user, ids);
    return c.html(confirmPage({ user, chosen, requestId: randomUUID(), notice: null }));
  }

  async function remove(c: Context, user: User): Promise<Response> {
    const form = readDeleteForm(await readFields(c));
    if (form === null) return await answerProblem(c, "bad_form");
    const answer = await hub.remove(user.uid, form.requestId, form.categoryIds);
    if (answer.kind === "ok") return c.redirect(`/users/${user.uid}?notice=recorded`, 303);
    const { title, advice } = explainRefusal(answer, "delete");
    const page = confirmPage({
      user,
      chosen: await describeChosen(user, form.categoryIds),
      // The same wish again, so that pressing once more is a repeat and not a second deletion.
      requestId: answer.code === "request_id_conflict" ? randomUUID() : form.requestId,
      notice: { tone: "bad", title, text: advice },
    });
    return c.html(page, statusCodeOf(answer));
  }

  async function changeMood(c: Context, user: User): Promise<Response> {
    const fields = await readFields(c);
    const service = services.find(({ name }) => name === fields?.get("service"));
    const mood = fields?.get("mood");
    if (!service?.moods || !mood) return await answerProblem(c, "bad_form");
    const isDone = await setMood(service, mood);
    return c.redirect(`/users/${user.uid}?notice=${isDone ? "mood" : "no_mood"}`, 303);
  }

  /** With titles where the hub tells them; without it the ids must do. */
  async function describeChosen(user: User, ids: readonly string[]): Promise<Chosen[]> {
    const status = await hub.status(user.uid);
    return ids.map((id) => {
      const found =
        status.kind === "ok" ? status.categories.find((category) => category.id === id) : undefined;
      if (status.kind !== "ok" || !found) return { id, title: `Category ${id}`, lines: [] };
      const lines = explainCategory(found, status.troubles, (name) => titleOf(services, name));
      return { id, title: describeCategory(found.slug).title, lines };
    });
  }
}

/** By its name in the address; a deletion may be over before the page is shown. */
function findNotice(name: string, status: Status | Refusal): Notice | null {
  if (name === "recorded" && isOver(status)) return sayResult(status);
  return (Object.hasOwn(notices, name) && notices[name]) || null;
}

/** Refusals of the visitor's wish keep their status; that the hub refuses us is our gateway's fault. */
function statusCodeOf({ kind, ...answer }: Status | Refusal): 200 | 409 | 429 | 502 | 503 {
  if (kind === "ok") return 200;
  const { httpStatus } = answer as Refusal;
  if (httpStatus === 409 || httpStatus === 429) return httpStatus;
  return httpStatus === 503 || httpStatus === null ? 503 : 502;
}
