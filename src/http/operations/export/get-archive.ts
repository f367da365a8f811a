import { TakeoutError } from "../../../domain/errors.ts";
import { openArchive } from "../../../flows/export/open-archive.ts";
import type { Handler } from "../../operation.ts";
import { presentProblem } from "../../present.ts";
import { readRange } from "../../range.ts";

export const getArchive: Handler = async (context, call) => {
  const archive = await openArchive(context.flows, { link: call.parameter("link") ?? "" });
  const { bytes: size, createdAt } = archive;
  const etag = `"${archive.sha256}"`;
  const asked = { range: call.header("range"), ifRange: call.header("if-range") };
  // Of GET alone (RFC 9110, 14.2): HEAD asks how large it is.
  const range = call.isHead ? null : readRange(asked, size, etag);
  if (range === "unsatisfiable") {
    const refusal = presentProblem(new TakeoutError("range_not_satisfiable"), call.requestId);
    return { ...refusal, headers: { ...refusal.headers, "content-range": `bytes */${size}` } };
  }
  const length = range ? range.to - range.from + 1 : size;
  return {
    status: range ? 206 : 200,
    body: call.isHead ? null : await archive.open(range ?? undefined),
    headers: {
      "content-type": "application/zip",
      "content-length": String(length),
      "content-disposition": `attachment; filename="takeout-${dayOf(createdAt)}.zip"`,
      "accept-ranges": "bytes",
      etag,
      ...(range && { "content-range": `bytes ${range.from}-${range.to}/${size}` }),
      "cache-control": "private, no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  };
};

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
