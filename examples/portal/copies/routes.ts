import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { readFields, readRequestId } from "../forms.ts";
import type { HubClient } from "../hub/client.ts";
import { jobPattern } from "../hub/export-answers.ts";
import type { CopyView } from "../pages/copy.ts";
import { problemPage } from "../pages/problem.ts";
import { answerProblem } from "../problems.ts";
import type { ShownService, User } from "../settings.ts";
import { explainRefusal } from "../words/refusals.ts";
import type { Jobs } from "./jobs.ts";
import type { CopyStorage } from "./storage.ts";

/** What a visitor can do with copies. */
export interface CopyRoutes {
  view(user: User): Promise<CopyView>;
  order(c: Context, user: User): Promise<Response>;
  /** Leads to the archive, where the hub keeps it. */
  archive(c: Context, user: User): Promise<Response>;
  /** One of the files, where the hub has pushed them here. */
  file(c: Context, user: User): Promise<Response>;
}

export function createCopyRoutes(options: {
  readonly hub: HubClient;
  readonly services: readonly ShownService[];
  readonly jobs: Jobs;
  readonly storage: CopyStorage | null;
}): CopyRoutes {
  const { hub, services, jobs, storage } = options;
  return {
    async view(user) {
      const view = { user, services, requestId: randomUUID() };
      const jobId = await jobs.find(user.uid);
      if (jobId === null) return { ...view, copy: { kind: "none" } };
      const copy = await hub.copyStatus(user.uid, jobId);
      // It was long ago, or at another hub.
      if (copy.kind === "refused" && copy.code === "job_not_found") {
        return { ...view, copy: { kind: "none" } };
      }
      if (copy.kind === "refused") return { ...view, copy };
      return { ...view, copy: { ...copy, files: (await storage?.list(jobId)) ?? null } };
    },
    async order(c, user) {
      const requestId = readRequestId(await readFields(c));
      if (requestId === null) return await answerProblem(c, "bad_form");
      const answer = await hub.orderCopy(user.uid, requestId);
      if (answer.kind === "ok") {
        await jobs.keep(user.uid, answer.jobId);
        return c.redirect(`/users/${user.uid}#copy`, 303);
      }
      const { title, advice } = explainRefusal(answer, "export");
      return await c.html(problemPage(title, advice), answer.httpStatus === 429 ? 429 : 503);
    },
    async archive(c, user) {
      const jobId = await jobs.find(user.uid);
      if (jobId === null) return await answerProblem(c, "not_found");
      const answer = await hub.copyLink(user.uid, jobId);
      if (answer.kind === "ok") return c.redirect(answer.url, 303);
      const { title, advice } = explainRefusal(answer, "export");
      return await c.html(problemPage(title, advice), 503);
    },
    async file(c, user) {
      const { job = "", id = "" } = c.req.param();
      // Another user's job is answered like one that is not there.
      const isOwn = jobPattern.test(job) && (await jobs.find(user.uid)) === job;
      const found = isOwn && (await storage?.read(job, id));
      if (!found) return await answerProblem(c, "not_found");
      return c.body(found.body, 200, {
        "Content-Type": "application/octet-stream",
        "Content-Length": String(found.file.bytes),
        "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(found.file.name)}`,
      });
    },
  };
}
