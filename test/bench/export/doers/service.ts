import { createHash } from "node:crypto";
import { request } from "node:http";
import { Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { bytesOf, poolOf } from "../bytes.ts";
import type { PlannedFile, Tasks } from "../tasks.ts";
import { listen } from "./doors.ts";

interface Order {
  readonly job_id: string;
  readonly upload_url: string;
  readonly report_uid: string;
}

/** A connected service: takes the call of an export on, uploads its files one by one, and reports. */
export async function service(given: Tasks["service"]["in"]): Promise<{ url: string }> {
  for (const kind of ["json", "noise"] as const) poolOf(kind);
  return listen(async (incoming, outgoing) => {
    const order = (await json(incoming)) as Order;
    outgoing.writeHead(202).end();
    await giveAll(given, order).catch((error) => {
      console.error(error);
      process.exit(1); // a run without one of its services ends
    });
  });
}

async function giveAll({ name, ticket, shares }: Tasks["service"]["in"], order: Order) {
  const files: { name: string; sha256: string }[] = [];
  for (const file of shares[order.report_uid] ?? []) {
    files.push({ name: file.name, sha256: await upload(order, ticket, file) });
  }
  const body = { yandex_uid: order.report_uid, job_id: order.job_id, service: name };
  const answer = await fetch(new URL("/takeout/set_export_status", order.upload_url), {
    method: "POST",
    headers: { "content-type": "application/json", "x-ya-service-ticket": ticket },
    body: JSON.stringify({ ...body, state: "exported", files }),
  });
  if (!answer.ok) throw new Error(`the report was answered ${answer.status}`);
}

/** @returns what was sent, in hexadecimal digits: the hub's own answer is held against it. */
async function upload(order: Order, ticket: string, file: PlannedFile): Promise<string> {
  const { name, kind, bytes } = file;
  const sent = createHash("sha256");
  const isChecked = bytes <= mostCheckedBytes;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outgoing = request(
    new URL(name, order.upload_url),
    { method: "PUT", headers: { "content-length": bytes, "x-ya-service-ticket": ticket } },
    (answer) => {
      text(answer).then(
        (body) => (answer.statusCode === 200 ? resolve(body) : reject(new Error(body))),
        reject,
      );
    },
  );
  outgoing.on("error", reject);
  const hashed = function* () {
    for (const chunk of bytesOf(kind, bytes)) {
      if (isChecked) sent.update(chunk);
      yield chunk;
    }
  };
  await Promise.race([pipeline(Readable.from(hashed(), { highWaterMark: 4 }), outgoing), promise]);
  const kept = JSON.parse(await promise) as { bytes: number; sha256: string };
  const isSame = kept.bytes === bytes && (!isChecked || kept.sha256 === sent.digest("hex"));
  if (!isSame) throw new Error("the hub has other bytes than were sent");
  return kept.sha256;
}

/** Of larger ones a second hash would take the time of the cores that are measured; the archive's readers check those. */
const mostCheckedBytes = 64 * 2 ** 20;
