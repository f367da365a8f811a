import { DutyBroken } from "../breach.ts";
import { type Answer, describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import type { ReceivedExportReport } from "../hub/report.ts";
import { isFileName } from "../hub/report-form.ts";
import type { Kit } from "../kit.ts";
import type { TestUser } from "../user.ts";

const mebibyte = 1024 * 1024;
const lookAtHandler = "the handler of POST /v1/takeout/export/ and the service's log";

interface ExportJob {
  id: string;
  body: object;
}

/** A wish for a copy, as the hub hands it on. */
export function newJob(kit: Kit, user: TestUser): ExportJob {
  const id = crypto.randomUUID();
  const body = {
    ...user.body,
    categories: kit.categories,
    job_id: id,
    upload_url: `${kit.hub.origin}/takeout/exports/${id}/files/`,
    report_uid: user.uid,
    deadline: new Date(Date.now() + 24 * 3_600_000).toISOString(),
  };
  return { id, body };
}

export const exportShape: Check = {
  name: "export-shape",
  duty: "An export gives nothing, at most 1 MiB of files in the answer, or uploads and a report.",
  source: "contract sections 7 and 8",
  phase: "deletion",
  async run(kit) {
    for (const hasData of kit.hasHook.seed ? [false, true] : [false]) {
      const user = kit.user();
      if (hasData) await kit.seed(user, new Date(Date.now() - 3_600_000));
      const job = newJob(kit, user);
      await expectExport(kit, job, await kit.call("export", job.body));
    }
  },
};

export const exportRepeat: Check = {
  name: "export-repeat",
  duty: "An export that is called again with its `job_id` ends as the first call did.",
  source: "contract section 7",
  phase: "deletion",
  needs: ["export-shape"],
  async run(kit) {
    const user = kit.user();
    if (kit.hasHook.seed) await kit.seed(user, new Date(Date.now() - 3_600_000));
    const job = newJob(kit, user);
    const first = await kit.call("export", job.body);
    await expectExport(kit, job, first);
    const second = await kit.call("export", job.body);
    await expectExport(kit, job, second);
    const [before, after] = [summaryOf(first), summaryOf(second)];
    // One that was promised first may be at hand the second time.
    if (before === after || before === promised || after === promised) return;
    throw new DutyBroken({
      expected: `the same answer as to the first call: ${before}`,
      happened: after,
      lookAt: "what a repeat of a known `job_id` does",
    });
  },
};

const promised = "promised to upload (202)";

function summaryOf(answer: Answer): string {
  if (!isAnswer(answer, 200)) return promised;
  const { status, data } = answer.json as { status: string; data?: object };
  return data ? `${status} with ${Object.keys(data).sort().join(", ")}` : status;
}

async function expectExport(kit: Kit, job: ExportJob, answer: Answer): Promise<void> {
  if (isAnswer(answer, 200)) return expectInline(answer);
  if (isAnswer(answer, 202)) return await expectUploads(kit, job);
  throw new DutyBroken({
    expected: "the export call is answered 200 or 202",
    happened: describe(answer),
    lookAt: lookAtHandler,
  });
}

function expectInline(answer: Answer & { kind: "answer" }): void {
  const { status, data } = (answer.json ?? {}) as { status?: unknown; data?: unknown };
  if (status === "no_data") return;
  const files = status === "ok" && typeof data === "object" && !Array.isArray(data) ? data : null;
  if (!files) {
    throw new DutyBroken({
      expected: '200 with `{"status": "no_data"}` or `{"status": "ok", "data": {…}}`',
      happened: "200 with another body",
      lookAt: lookAtHandler,
    });
  }
  const bytes = Buffer.byteLength(answer.text);
  if (bytes > mebibyte) {
    throw new DutyBroken({
      expected: "at most 1 MiB in the answer",
      happened: `${bytes} bytes`,
      lookAt: "the choice between files in the answer and uploads (202)",
    });
  }
  if (Object.keys(files).every(isFileName)) return;
  throw new DutyBroken({
    expected: "file names of at most 255 bytes without separators, `..` and control characters",
    happened: "a name that the hub leaves out",
    lookAt: "the names in `data`",
  });
}

async function expectUploads(kit: Kit, job: ExportJob): Promise<void> {
  const report = await kit.hub.exportReports.waitFor(
    (all) => all.find(({ body }) => body.job_id === job.id),
    kit.patienceMs,
  );
  if (!report) {
    throw new DutyBroken({
      expected: `within ${kit.patienceMs / 1000} s after 202 a report to /takeout/set_export_status`,
      happened: "no report of this `job_id`",
      lookAt: "what runs after the export call was answered, and the service's log",
    });
  }
  expectFiles(kit, job, report);
}

function expectFiles(kit: Kit, job: ExportJob, { body, formFault }: ReceivedExportReport): void {
  const put = kit.hub.files.all.filter(({ jobId }) => jobId === job.id);
  const faulty = formFault ?? put.find(({ fault }) => fault)?.fault;
  const missing = body.files?.filter(
    ({ name, sha256 }) =>
      !put.some((file) => file.name === name && (sha256 ?? file.sha256) === file.sha256),
  );
  const isFailed = body.state === "export_failed";
  if (!faulty && !isFailed && !missing?.length) return;
  throw new DutyBroken({
    expected: "a report of `exported` or `no_data`, whose files were all uploaded before",
    happened:
      faulty ??
      (isFailed
        ? `\`export_failed\` (${String(body.error?.code).slice(0, 64)})`
        : `${missing?.length} of its files were not uploaded, or have another digest`),
    lookAt: "the uploads to `upload_url` + percent-encoded name, and the report after them",
  });
}
