import type { Export, ExportPart } from "../hub/export-answers.ts";
import { plural } from "../pages/html.ts";

/** How far a copy is, in words for whoever ordered it. */
export interface CopyWords {
  readonly title: string;
  readonly text: string;
}

/** Whether the hub still collects. */
export function isCollecting({ state }: Export): boolean {
  return state === "queued" || state === "running";
}

/** Whether there is something to be had. */
export function isThere({ state }: Export): boolean {
  return state === "ready" || state === "partial";
}

const words: Readonly<Record<Export["state"], CopyWords>> = {
  queued: {
    title: "Being collected…",
    text: "Every service is asked for what it holds of you. You may leave this page.",
  },
  running: {
    title: "Being collected…",
    text: "Every service is asked for what it holds of you. You may leave this page.",
  },
  ready: { title: "Ready", text: "Every service has given what it holds of you." },
  partial: {
    title: "Ready, not whole",
    text: "Some service could not give its share. What the others gave is here.",
  },
  no_data: { title: "Nothing to copy", text: "No service holds anything of you." },
  failed: {
    title: "It did not work",
    text: "No service could give its share. Nothing is lost: order the copy again later.",
  },
  expired: {
    title: "No longer kept",
    text: "A copy is kept for a few days only. Order another one.",
  },
};

export function describeCopy({ state }: Export): CopyWords {
  return words[state];
}

/** One service's share, in a few words. */
export function describeShare({ state, files, bytes, errorCode }: ExportPart): string {
  if (state === "exported") return `${plural(files, "file")}, ${showSize(bytes)}`;
  if (state === "no_data") return "holds nothing of you";
  if (state === "export_failed") return failures[errorCode ?? ""] ?? "could not give its share";
  return files > 0 ? `sending, ${plural(files, "file")} so far` : "waiting for it";
}

const failures: Readonly<Record<string, string>> = {
  deadline_passed: "did not give its share in time",
  export_denied: "refused to give its share",
};

const units = ["bytes", "KB", "MB", "GB"] as const;

/** As people count: 1,500 bytes are 1.5 KB. */
export function showSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
