import type { Check } from "./check.ts";
import { bodyLimits } from "./checks/body-limits.ts";
import { cutConnections } from "./checks/cut-connections.ts";
import { emptyAfterDelete } from "./checks/empty-after-delete.ts";
import { everyAccount } from "./checks/every-account.ts";
import { exportRepeat, exportShape } from "./checks/exports.ts";
import { fence, fenceInclusive } from "./checks/fence.ts";
import { finalRefusal } from "./checks/final-refusal.ts";
import { finalReport } from "./checks/final-report.ts";
import { hubAway } from "./checks/hub-away.ts";
import { keysAway } from "./checks/keys-away.ts";
import { malformedCalls } from "./checks/malformed-calls.ts";
import { newerHub } from "./checks/newer-hub.ts";
import { noPersonalData } from "./checks/no-personal-data.ts";
import { nothingElse } from "./checks/nothing-else.ts";
import { readyWithData } from "./checks/ready-with-data.ts";
import { reorderedCalls } from "./checks/reordered-calls.ts";
import { duplicateDelivery, repeatKeepsNewer, repeatReported } from "./checks/repeats.ts";
import { reportAfterWork } from "./checks/report-after-work.ts";
import { reportForm, reportTicket } from "./checks/report-form.ts";
import { reportsAgree } from "./checks/reports-agree.ts";
import { restart } from "./checks/restart.ts";
import { slowSender } from "./checks/slow-sender.ts";
import { statusAnswer } from "./checks/status-answer.ts";
import { statusWhileDeleting } from "./checks/status-while-deleting.ts";
import { ticketChecks } from "./checks/tickets.ts";
import { twoAtOnce } from "./checks/two-at-once.ts";
import { unknownCategory, unknownUser } from "./checks/unknown.ts";

/** Every check, in the order in which they are made; within a phase a check stands after what it needs. */
export const checks: readonly Check[] = [
  statusAnswer,
  ...ticketChecks,
  bodyLimits,
  readyWithData,
  finalReport,
  unknownUser,
  unknownCategory,
  newerHub,
  emptyAfterDelete,
  reportAfterWork,
  fence,
  fenceInclusive,
  statusWhileDeleting,
  nothingElse,
  everyAccount,
  repeatReported,
  repeatKeepsNewer,
  duplicateDelivery,
  twoAtOnce,
  reorderedCalls,
  malformedCalls,
  cutConnections,
  exportShape,
  exportRepeat,
  hubAway,
  finalRefusal,
  slowSender,
  restart,
  keysAway,
  reportForm,
  reportTicket,
  reportsAgree,
  noPersonalData,
];

/** The names of all checks, in their order. */
export const checkNames: readonly string[] = checks.map(({ name }) => name);
