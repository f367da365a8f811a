import { auditExport } from "./audit-export.ts";
import type { Command } from "./command.ts";
import { configCheck } from "./config-check.ts";
import { keysNew } from "./keys-new.ts";
import { migrate } from "./migrate.ts";
import { serve } from "./serve.ts";
import { serviceCheck } from "./service-check.ts";
import { ticketOperator } from "./ticket-operator.ts";
import { ticketService } from "./ticket-service.ts";
import { ticketUser } from "./ticket-user.ts";
import { up } from "./up.ts";
import { verify } from "./verify.ts";
import { work } from "./work.ts";

/** Every command, in the order of the help. Source: contract, section 12. */
export const commands: readonly Command[] = [
  up,
  serve,
  work,
  migrate,
  configCheck,
  serviceCheck,
  auditExport,
  verify,
  keysNew,
  ticketService,
  ticketUser,
  ticketOperator,
];
