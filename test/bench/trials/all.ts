import { archives } from "../export/archives.ts";
import { many } from "../export/many.ts";
import { uploads } from "../export/uploads.ts";
import { whole } from "../export/whole.ts";
import type { Trial } from "../trial.ts";
import { adminLists } from "./admin-lists.ts";
import { breaker } from "./breaker.ts";
import { limits } from "./limits.ts";
import { resume } from "./resume.ts";
import { start } from "./start.ts";

/** Everything that is measured otherwise than by load, in the order of the report. */
export const trials: readonly Trial[] = [
  ...[limits, start, adminLists, resume, breaker],
  ...[uploads, archives, whole, many],
];
