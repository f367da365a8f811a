// Generated from api/ by scripts/generate.ts. Do not edit.

export interface paths {
    readonly "/1/takeout/status/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What data the user has, by category
         * @description Lists every configured category in configured order with its state. Services whose state is not known from a
         *     recent deletion are asked in parallel; the answer comes within the configured budget whatever they do. A
         *     service that does not tell its state in time counts as having data, and an entry of `errors` names it.
         *
         *     The user is the one of the user ticket. A `uid` in the query is ignored.
         */
        readonly get: operations["getStatus"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/1/takeout/delete/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Delete the user's data of some categories
         * @description `ok` means that the wish is recorded and will be carried out, not that it is done: `status` tells. Data created
         *     after the moment of acceptance is not touched.
         *
         *     Repeating the call with the same `request_id` and the same categories, in any order, starts nothing and answers
         *     `ok`, for 90 days; the same `request_id` with other categories is refused. A category whose deletion is still
         *     running is joined to it. If one category is unknown nothing starts. After a 503 the outcome may be open:
         *     repeat with the same `request_id`.
         */
        readonly post: operations["deleteData"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/1/takeout/export/submit/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Collect a copy of everything the user has
         * @description `ok` means that the wish is recorded: every connected service is asked for its share, and `status` tells how far it
         *     is. Repeating the call with the same `request_id`, or while an export of the user runs, starts nothing and answers
         *     with the same job. After a 503 the outcome may be open: repeat with the same `request_id`.
         *
         *     No user ticket is needed. One that is sent must be of the user in `uid`; a portal that is configured with
         *     `require_user_ticket` must send one.
         */
        readonly post: operations["submitExport"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/1/takeout/export/status/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How far an export is
         * @description The state of the export and of each service's part. A job of another user is answered like one that is not there.
         *     User tickets as for `submit`.
         */
        readonly get: operations["getExportStatus"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/1/takeout/export/download/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * A link to the archive
         * @description The link works for five minutes, any number of times, and is good for one archive: when a later one has replaced it,
         *     what is being downloaded is still the same. The user is the one of the user ticket.
         */
        readonly post: operations["downloadExport"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/takeout/archives/{link}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The archive behind a link
         * @description For whoever has the link. One range of bytes can be asked for (RFC 9110, section 14); `If-Range` with the `ETag` of
         *     an earlier answer makes sure that it is one of the same archive.
         */
        readonly get: operations["getArchive"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/takeout/set_data_status": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Report that a service has deleted its share, or failed to
         * @description A connected service reports what became of one category of one user. The four required fields are enough.
         *     `deletion_id` and `attempt`, echoed from the call, keep a late report from closing newer work.
         *
         *     Repeats change nothing. `deleted` wins over `delete_failed` of the same deletion. The answer is the same
         *     whether or not the user is known. Repeat until 200 or a 4xx other than 408, 425 and 429.
         */
        readonly post: operations["setDataStatus"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/takeout/exports/{job_id}/files/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path: {
                /** @description The export, as the call named it. Any other text is answered with `not_found`. */
                readonly job_id: components["schemas"]["JobId"];
                /** @description The name of the file, percent-encoded. */
                readonly name: components["schemas"]["FileName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Upload one file of an export
         * @description The body is the file as it is, of any media type, at most 5 GiB. It may take as long as it needs while bytes keep
         *     coming: a body that stands still for 30 seconds is given up. Only a body that came whole is kept: one with
         *     `Content-Range` is refused, since the rest of a file would be taken for all of it.
         *
         *     Uploading the same name again replaces the file until the service's part is closed. Taken from the call of the
         *     export on; a part takes at most 10,000 files.
         */
        readonly put: operations["uploadExportFile"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/takeout/set_export_status": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Report that a service has exported its share, or failed to
         * @description Closes the service's part of the export. Repeats change nothing. `exported` and `no_data` win over `export_failed`
         *     until the archive is begun; after that a report that says other than what was recorded is refused with
         *     `part_closed`, but `export_failed` after `exported`, which is answered with 200 and changes nothing.
         *     Repeat until 200 or a 4xx other than 408, 425 and 429.
         */
        readonly post: operations["setExportStatus"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/deletions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Deletions, the newest first
         * @description Every condition that is given must hold. A user is found by any of their uids.
         */
        readonly get: operations["listDeletions"];
        readonly put?: never;
        /**
         * Delete the data of a user
         * @description For any account, whether the portal knows it or not. A category that is being deleted already is joined, as for the
         *     portal; where that is so for all of them, the answer is the deletion that runs.
         */
        readonly post: operations["createDeletion"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/deletions/{deletion_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        /**
         * One deletion with all that happened to it
         * @description The parts as they are, and their events in order. Of very many events only the newest are shown.
         */
        readonly get: operations["getDeletion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/deletions/{deletion_id}/retry": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try again what failed
         * @description Starts a new deletion of the parts that failed, with the fence of this one: what was created since is not touched.
         *     Parts that a newer deletion has taken up are left to it, and so are those that the configuration does not know.
         */
        readonly post: operations["retryDeletion"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/deletions/{deletion_id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Call off what has not begun
         * @description Only before the first call of any of its parts; after it, what cannot be done otherwise is resolved.
         */
        readonly post: operations["cancelDeletion"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/deletions/{deletion_id}/resolve": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * End what is left by hand
         * @description Proposes to end every part that is open or failed, of one service or of all; it happens when another operator asks
         *     for the same. What a service keeps by law is then not tried again by itself. Another proposal replaces this one.
         */
        readonly post: operations["resolveDeletion"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/exports": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Exports, the newest first
         * @description Every condition that is given must hold. A user is found by any of their uids.
         */
        readonly get: operations["listExports"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/exports/{job_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of an export. Any other text is answered with `not_found`. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        /**
         * One export with all that happened to it
         * @description The parts as they are, and events in order. Of very many events only the newest are shown.
         */
        readonly get: operations["getExport"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/exports/{job_id}/retry": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of an export. Any other text is answered with `not_found`. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try again what failed
         * @description Calls the services that failed once more, under the same job. The archive that there is stays until a new one, with
         *     what they give, replaces it.
         */
        readonly post: operations["retryExport"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/stuck": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What does not go on, the oldest first
         * @description Every open part of a deletion that was accepted longer ago than the configured `stuck.warn_after`, and every
         *     open part that the configuration does not know any more, with why it waits.
         */
        readonly get: operations["listStuck"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/services": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How each service is
         * @description By name. Services that the configuration does not know any more are listed while parts wait for them.
         */
        readonly get: operations["listServices"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/services/{name}/pause": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The name of a configured service. Any other text is answered with `not_found`. */
                readonly name: components["parameters"]["ServiceName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Let nothing be called
         * @description No part is called any more; what would be due waits in the service's line and goes on when it is resumed. Calls
         *     that are under way end, reports are taken, and the portal's status still asks. Of a service that is paused already,
         *     it says since when.
         */
        readonly post: operations["pauseService"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/services/{name}/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The name of a configured service. Any other text is answered with `not_found`. */
                readonly name: components["parameters"]["ServiceName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Let it be called again
         * @description What waits in the line of the service goes on by itself.
         */
        readonly post: operations["resumeService"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/services/{name}/check": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The name of a configured service. Any other text is answered with `not_found`. */
                readonly name: components["parameters"]["ServiceName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try the way to a service and back
         * @description Asks the service for the status of a user that nobody is, tells it to delete what that user had before 1970, and
         *     waits a few seconds for its report. Nothing is written but the audit.
         */
        readonly post: operations["checkService"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/holds": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Holds, the newest first
         * @description A user is found by the uid that was held.
         */
        readonly get: operations["listHolds"];
        readonly put?: never;
        /**
         * Refuse new deletions of a user
         * @description New deletions of these categories, or of all if none is named, are refused with `delete_denied`, whoever asks. What
         *     runs already goes on.
         */
        readonly post: operations["placeHold"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/holds/{hold_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of a hold. Any other text is answered with `not_found`. */
                readonly hold_id: components["parameters"]["HoldId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Release a hold
         * @description New deletions are taken again, unless another hold forbids them.
         */
        readonly delete: operations["releaseHold"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/.well-known/jwks.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The hub's public keys
         * @description The keys that verify the tickets of the hub's own calls (RFC 7517). Empty where another driver signs them.
         */
        readonly get: operations["getJwks"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The process is alive
         * @description Answers as long as the process can answer at all. Looks at nothing else.
         */
        readonly get: operations["getLiveness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The process can do its work
         * @description Looks at the database, the queue and the keys, and names what is missing.
         */
        readonly get: operations["getReadiness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description The text format of Prometheus. Labels name services and categories, never a user.
         */
        readonly get: operations["getMetrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi/hub.yaml": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * This document
         * @description The whole description of the hub in one document.
         */
        readonly get: operations["getOpenapi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The API reference
         * @description A page for people that shows this document. It loads nothing from other hosts and sends no requests for its reader.
         */
        readonly get: operations["getDocs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs/{asset}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description One of the files that there are. */
                readonly asset: components["parameters"]["DocsAsset"];
            };
            readonly cookie?: never;
        };
        /**
         * A file of the API reference
         * @description What the page needs: its scripts and styles, and the documents of what the hub calls, each in one piece. Any other
         *     name is answered with `not_found`.
         */
        readonly get: operations["getDocsAsset"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly StatusAnswer: {
            /** @constant */
            readonly status: "ok";
            readonly data: readonly components["schemas"]["CategoryStatus"][];
            /** @description What is missing or went wrong; the data beside it is usable. */
            readonly errors?: readonly components["schemas"]["PortalError"][];
        };
        readonly CategoryStatus: {
            readonly id: components["schemas"]["CategoryId"];
            /** @description A readable name. It may change; decide by `id`. */
            readonly slug: string;
            readonly state: components["schemas"]["DataState"];
            /**
             * Format: date-time
             * @description When the newest wholly completed deletion of the category was completed.
             */
            readonly update_date?: string;
            /** @description What lawfully stays, and until when. Does not make a category ready to delete. */
            readonly retained?: readonly components["schemas"]["Retained"][];
            /** @description Services that say now that they would refuse to delete. */
            readonly denied?: readonly components["schemas"]["Denied"][];
        };
        readonly Retained: {
            readonly service: components["schemas"]["ServiceName"];
            /** @description The legal ground, as the service gave it; `unspecified` if none was given. */
            readonly reason?: components["schemas"]["Reason"];
            readonly until?: components["schemas"]["DateTime"];
        };
        readonly Denied: {
            readonly service: components["schemas"]["ServiceName"];
            readonly reason: components["schemas"]["Reason"];
        };
        /**
         * @description The categories to delete. An absent or empty list is answered with `category_missing`, a category that is not
         *     configured with `category_unknown`.
         */
        readonly DeleteRequest: {
            /** @description Ids of categories. Order and repetition mean nothing. */
            readonly id?: readonly components["schemas"]["CategoryId"][];
        };
        readonly DeleteAnswer: {
            /** @constant */
            readonly status: "ok";
        };
        readonly SetDataStatusRequest: {
            readonly yandex_uid: components["schemas"]["YandexUid"];
            readonly category_id: components["schemas"]["CategoryId"];
            /**
             * @description Whether the service's share is deleted.
             * @enum {string}
             */
            readonly state: "deleted" | "delete_failed";
            /** @description The reporting service. Must be the caller's own name. */
            readonly service: components["schemas"]["ServiceName"];
            /**
             * @description Echoed from the call. Any but that of the newest deletion with a part for this user, category and service
             *     is refused with `stale_deletion`.
             */
            readonly deletion_id?: components["schemas"]["DeletionId"];
            /** @description Echoed from the call. A failure of an older attempt is acknowledged and ignored. */
            readonly attempt?: components["schemas"]["Attempt"];
            /** @description With `deleted`, what became of the data. Absent means `erased`. */
            readonly outcome?: components["schemas"]["Outcome"];
            /** @description With `retained` or `anonymized`, until when. */
            readonly retained_until?: components["schemas"]["DateTime"];
            /** @description With `retained` or `anonymized`, the legal ground as a code. */
            readonly reason?: components["schemas"]["Reason"];
            readonly error?: components["schemas"]["ReportedError"];
            /** @description With `delete_failed`, whether calling again may help. Absent means true. */
            readonly retriable?: boolean;
            /** @description When the service finished. */
            readonly completed_at?: components["schemas"]["DateTime"];
            /** @description The beginning of the interval that was really cleaned. */
            readonly from?: components["schemas"]["DateTime"];
            /** @description The end of the interval that was really cleaned. */
            readonly to?: components["schemas"]["DateTime"];
        };
        /** @description What went wrong. */
        readonly ReportedError: {
            /** @description A short code. 1 to 64 visible ASCII characters. */
            readonly code: string;
            /** @description For operators. Should not name a person. */
            readonly message?: string;
        };
        /** @description Empty today. */
        readonly SetDataStatusAnswer: Record<string, unknown>;
        /**
         * @description `queued` until the first service is called, then `running`. `ready`: the whole copy is there. `partial`: a copy is
         *     there, without what some service failed to give. `no_data`: nobody had any. `failed`: no copy. `expired`: it was
         *     there, and is kept no longer.
         * @enum {string}
         */
        readonly ExportState: "queued" | "running" | "ready" | "partial" | "no_data" | "failed" | "expired";
        /**
         * @description `due`, being called (`calling`), and `accepted` by the service, whose files are awaited, are open. `exported`,
         *     `no_data` and `export_failed` are closed.
         * @enum {string}
         */
        readonly ExportPartState: "due" | "calling" | "accepted" | "exported" | "no_data" | "export_failed";
        readonly SubmitExportAnswer: {
            /** @constant */
            readonly status: "ok";
            readonly data: {
                readonly job_id: components["schemas"]["JobId"];
            };
        };
        readonly ExportStatusAnswer: {
            /** @constant */
            readonly status: "ok";
            readonly data: components["schemas"]["ExportStatus"];
        };
        readonly ExportStatus: {
            readonly job_id: components["schemas"]["JobId"];
            readonly state: components["schemas"]["ExportState"];
            readonly created_at: components["schemas"]["DateTime"];
            /** @description When anything happened to it last. */
            readonly updated_at: components["schemas"]["DateTime"];
            /** @description Until when the archive can be downloaded. */
            readonly expires_at?: components["schemas"]["DateTime"];
            readonly parts: readonly components["schemas"]["ExportStatusPart"][];
        };
        /** @description One service's share. */
        readonly ExportStatusPart: {
            readonly service: components["schemas"]["ServiceName"];
            readonly state: components["schemas"]["ExportPartState"];
            /** @description How many files it has given. */
            readonly files: number;
            /** @description How large they are together. */
            readonly bytes: number;
            readonly error?: components["schemas"]["PartError"];
        };
        readonly DownloadExportRequest: {
            /** @description The export, as `submit` named it. Any other text is answered with `job_not_found`. */
            readonly job_id: components["schemas"]["JobId"];
        };
        readonly DownloadExportAnswer: {
            /** @constant */
            readonly status: "ok";
            readonly data: {
                /** @description For the user's browser. It must go to nobody else. */
                readonly url: string;
                /** @description Until when a download may begin. */
                readonly expires_at: components["schemas"]["DateTime"];
            };
        };
        /** @description Of no meaning to anybody but the hub. */
        readonly ArchiveLink: string;
        readonly UploadExportFileAnswer: {
            /** @description How large the file is. */
            readonly bytes: number;
            readonly sha256: components["schemas"]["Sha256"];
        };
        readonly SetExportStatusRequest: {
            /** @description The user, as the call named them in `report_uid`; any of their uids will do. */
            readonly yandex_uid: components["schemas"]["YandexUid"];
            /** @description Echoed from the call. */
            readonly job_id: components["schemas"]["JobId"];
            /** @description The reporting service. Must be the caller's own name. */
            readonly service: components["schemas"]["ServiceName"];
            /**
             * @description Whether all files are there, there is nothing to export, or it failed.
             * @enum {string}
             */
            readonly state: "exported" | "no_data" | "export_failed";
            /**
             * @description With `exported`, files that must be there; the report is refused with `file_missing` if one is not. Absent
             *     means that nothing is checked. Whatever was uploaded belongs to the export, named here or not.
             */
            readonly files?: readonly components["schemas"]["ReportedFile"][];
            readonly error?: components["schemas"]["ReportedError"];
            /** @description With `export_failed`, whether calling again may help. Absent means true. */
            readonly retriable?: boolean;
        };
        readonly ReportedFile: {
            readonly name: components["schemas"]["FileName"];
            readonly sha256?: components["schemas"]["Sha256"];
        };
        /** @description Empty today. */
        readonly SetExportStatusAnswer: Record<string, unknown>;
        /**
         * @description `open`: some part is. `failed`: closed, and some part failed. `cancelled`: an operator gave up some part, and
         *     none failed. `done`: every part is deleted or was seen to by an operator.
         * @enum {string}
         */
        readonly DeletionState: "open" | "done" | "failed" | "cancelled";
        /** @description A duration such as 90s, 30m, 24h or 7d. */
        readonly Age: string;
        /** @description How many items a page has at most. */
        readonly ListLimit: number;
        /** @description Says where the next page begins; of no meaning to anybody but the hub. */
        readonly Cursor: string;
        readonly DeletionList: {
            readonly items: readonly components["schemas"]["Deletion"][];
            readonly next_cursor?: components["schemas"]["Cursor"];
        };
        /** @description A deletion as operators see it. It names nobody. */
        readonly Deletion: {
            readonly deletion_id: components["schemas"]["DeletionId"];
            readonly state: components["schemas"]["DeletionState"];
            /**
             * @description Who asked for it: a user through the portal, an operator, or the hub itself because the time of what a
             *     service had kept by law has come.
             * @enum {string}
             */
            readonly origin: "portal" | "admin" | "retention";
            readonly accepted_at: components["schemas"]["DateTime"];
            /** @description What is newer is not touched; absent where that is `accepted_at`. */
            readonly fence_at?: components["schemas"]["DateTime"];
            readonly closed_at?: components["schemas"]["DateTime"];
            /** @description The deletion whose parts this one tries again, with its fence. */
            readonly retry_of?: components["schemas"]["DeletionId"];
            readonly parts: readonly components["schemas"]["DeletionPart"][];
            readonly proposal?: components["schemas"]["ResolveProposal"];
            /** @description What happened, in order. Only where one deletion was asked for. */
            readonly timeline?: readonly components["schemas"]["DeletionEvent"][];
            /** @description Whether older events are left out. */
            readonly is_timeline_cut?: boolean;
        };
        /**
         * @description `waiting` for services that go first, `due`, being called (`calling`), and `accepted` by the service are open.
         *     `deleted`, `delete_failed`, and ended by an operator: `cancelled`, `resolved`.
         * @enum {string}
         */
        readonly PartState: "waiting" | "due" | "calling" | "accepted" | "deleted" | "delete_failed" | "cancelled" | "resolved";
        /** @description One service's share of one category. */
        readonly DeletionPart: {
            readonly category_id: components["schemas"]["CategoryId"];
            readonly service: components["schemas"]["ServiceName"];
            readonly state: components["schemas"]["PartState"];
            readonly attempt: components["schemas"]["Attempt"];
            readonly outcome?: components["schemas"]["Outcome"];
            /** @description Until when the service keeps what it must. */
            readonly retained_until?: components["schemas"]["DateTime"];
            readonly error?: components["schemas"]["PartError"];
            /** @description When the hub does the next thing for it, if nothing happens before. */
            readonly next_at?: components["schemas"]["DateTime"];
            /** @description The services that must be done first. */
            readonly waits_for?: readonly components["schemas"]["ServiceName"][];
        };
        /** @description The newest failure. */
        readonly PartError: {
            /** @description A code such as `http_500`, `timeout`, `delete_denied` or what the service reported. */
            readonly code: string;
            readonly reason?: components["schemas"]["Reason"];
        };
        readonly DeletionEvent: {
            readonly at: components["schemas"]["DateTime"];
            readonly category_id: components["schemas"]["CategoryId"];
            readonly service: components["schemas"]["ServiceName"];
            readonly attempt: components["schemas"]["Attempt"];
            /** @description What happened to the part. New names may be added. */
            readonly event: string;
            readonly state: components["schemas"]["PartState"];
            /** @description Who caused it: drive, report, operator, or the origin of the deletion. */
            readonly source: string;
            readonly error?: components["schemas"]["PartError"];
        };
        /** @description How an operator proposes to end what is left; it happens when another confirms it. */
        readonly ResolveProposal: {
            readonly state: components["schemas"]["ResolvedState"];
            readonly service?: components["schemas"]["ServiceName"];
            readonly reason: components["schemas"]["ActReason"];
            /** @description Who proposed it. */
            readonly login: string;
            readonly proposed_at: components["schemas"]["DateTime"];
        };
        /**
         * @description `resolved`: it was seen to in another way. `cancelled`: it is not to be done.
         * @enum {string}
         */
        readonly ResolvedState: "resolved" | "cancelled";
        /** @description Why, for the audit. Must not name a user. */
        readonly ActReason: string;
        readonly ExportList: {
            readonly items: readonly components["schemas"]["Export"][];
            readonly next_cursor?: components["schemas"]["Cursor"];
        };
        /** @description An export as operators see it. It names nobody, and no file. */
        readonly Export: {
            readonly job_id: components["schemas"]["JobId"];
            readonly state: components["schemas"]["ExportState"];
            /**
             * @description `store`: kept by the hub for download. `portal`: pushed to the portal's storage.
             * @enum {string}
             */
            readonly delivery: "store" | "portal";
            /**
             * @description What the hub does once every part is closed: it builds the archive (`build`), or pushes the files to the portal
             *     (`push`), says that all are there (`done`), and has the user notified (`notify`).
             * @enum {string}
             */
            readonly step?: "build" | "push" | "done" | "notify";
            readonly created_at: components["schemas"]["DateTime"];
            readonly updated_at: components["schemas"]["DateTime"];
            /** @description When nothing was left to be done; absent while something is. */
            readonly closed_at?: components["schemas"]["DateTime"];
            readonly expires_at?: components["schemas"]["DateTime"];
            /** @description When the step is tried again. */
            readonly next_at?: components["schemas"]["DateTime"];
            readonly error?: components["schemas"]["PartError"];
            readonly parts: readonly components["schemas"]["ExportPart"][];
            /** @description What happened, in order. Only where one export was asked for. */
            readonly timeline?: readonly components["schemas"]["ExportEvent"][];
            /** @description Whether older events are left out. */
            readonly is_timeline_cut?: boolean;
        };
        /** @description One service's share. */
        readonly ExportPart: {
            readonly service: components["schemas"]["ServiceName"];
            readonly state: components["schemas"]["ExportPartState"];
            readonly attempt: components["schemas"]["Attempt"];
            /** @description How many files it has given. */
            readonly files: number;
            /** @description How large they are together. */
            readonly bytes: number;
            readonly error?: components["schemas"]["PartError"];
            /** @description When the hub does the next thing for it, if nothing happens before. */
            readonly next_at?: components["schemas"]["DateTime"];
        };
        readonly ExportEvent: {
            readonly at: components["schemas"]["DateTime"];
            /** @description Whose part it happened to; absent where it happened to the export as a whole. */
            readonly service?: components["schemas"]["ServiceName"];
            readonly attempt: components["schemas"]["Attempt"];
            /** @description What happened. New names may be added. */
            readonly event: string;
            /** @description What the part, or the export's step, was then. */
            readonly state: string;
            /** @description Who caused it: drive, report, portal, operator or schedule. */
            readonly source: string;
            readonly error?: components["schemas"]["PartError"];
        };
        readonly StuckList: {
            readonly items: readonly components["schemas"]["StuckPart"][];
            readonly next_cursor?: components["schemas"]["Cursor"];
        };
        readonly StuckPart: {
            readonly deletion_id: components["schemas"]["DeletionId"];
            readonly category_id: components["schemas"]["CategoryId"];
            readonly service: components["schemas"]["ServiceName"];
            readonly state: components["schemas"]["PartState"];
            /** @description Since the deletion was accepted. */
            readonly age_seconds: number;
            /**
             * @description `waits_report`: the service took it on and has not reported. `waits_service`: the service is called as
             *     it has room. `breaker_open`: it fails, and is only probed. `paused`: an operator lets nothing be called.
             *     `unconfigured`: the configuration does not know the service or its category any more. `failing`: tried
             *     again after a while. `waits_predecessor`: other services go first.
             * @enum {string}
             */
            readonly reason: "waits_report" | "waits_service" | "breaker_open" | "paused" | "unconfigured" | "failing" | "waits_predecessor";
        };
        readonly ServiceList: {
            readonly items: readonly components["schemas"]["ServiceHealth"][];
            readonly next_cursor?: components["schemas"]["Cursor"];
        };
        readonly ServiceHealth: {
            readonly service: components["schemas"]["ServiceName"];
            /**
             * @description `failing`: some parts failed and are tried again.
             * @enum {string}
             */
            readonly health: "ok" | "failing" | "breaker_open" | "paused";
            /** @description False where parts wait for a service that the configuration does not know. */
            readonly is_configured: boolean;
            readonly paused_at?: components["schemas"]["DateTime"];
            readonly breaker: components["schemas"]["ServiceBreaker"];
            readonly backlog: components["schemas"]["ServiceBacklog"];
        };
        readonly ServiceCheck: {
            readonly service: components["schemas"]["ServiceName"];
            /** @description Whether deletions can be expected to work. */
            readonly is_ok: boolean;
            /** @description Whether anything answered. */
            readonly is_reachable: boolean;
            /** @description What went wrong first, such as `timeout`, `http_401` or `unreadable`. */
            readonly error?: string;
            /**
             * @description Whether the service accepts the hub's tickets.
             * @enum {string}
             */
            readonly hub_ticket: "accepted" | "refused" | "unknown";
            /**
             * @description Whether the hub accepts the service's, seen by its report. `not_expected`: the service does not report, it
             *     answers. `no_report`: none came in time, or none with a good ticket.
             * @enum {string}
             */
            readonly service_ticket: "accepted" | "no_report" | "not_expected" | "unknown";
            /** @description How far the service's clock is ahead of the database's, to a second; absent if it did not say. */
            readonly clock_difference_ms?: number;
            /** @description Configured categories that the service did not speak of. */
            readonly missing_categories: readonly components["schemas"]["CategoryId"][];
        };
        readonly ServiceBreaker: {
            /** @enum {string} */
            readonly state: "closed" | "open";
            readonly since?: components["schemas"]["DateTime"];
        };
        /** @description Parts, in numbers. */
        readonly ServiceBacklog: {
            /** @description All that are not closed. */
            readonly open: number;
            /** @description Of these, in the line until the service may be called. */
            readonly parked: number;
            /** @description Of these, failed and to be tried again. */
            readonly failing: number;
        };
        readonly ActRequest: {
            readonly reason: components["schemas"]["ActReason"];
        };
        readonly CreateDeletionRequest: {
            readonly uid: components["schemas"]["YandexUid"];
            /** @description Ids of categories. Order and repetition mean nothing. */
            readonly categories: readonly components["schemas"]["CategoryId"][];
            readonly reason: components["schemas"]["ActReason"];
        };
        readonly ResolveRequest: {
            readonly state: components["schemas"]["ResolvedState"];
            /** @description Only the parts of this service; of all if absent. */
            readonly service?: components["schemas"]["ServiceName"];
            readonly reason: components["schemas"]["ActReason"];
        };
        readonly HoldRequest: {
            readonly uid: components["schemas"]["YandexUid"];
            /** @description Ids of categories; all of them if absent. */
            readonly categories?: readonly components["schemas"]["CategoryId"][];
            readonly reason: components["schemas"]["ActReason"];
        };
        readonly HoldAnswer: {
            readonly hold_id: components["schemas"]["DeletionId"];
        };
        /** @description Empty today. */
        readonly ReleaseAnswer: Record<string, unknown>;
        readonly HoldList: {
            readonly items: readonly components["schemas"]["Hold"][];
            readonly next_cursor?: components["schemas"]["Cursor"];
        };
        /** @description It does not say on whom it is. */
        readonly Hold: {
            readonly hold_id: components["schemas"]["DeletionId"];
            /** @description The categories that are held; all of them if absent. */
            readonly categories?: readonly components["schemas"]["CategoryId"][];
            readonly reason: components["schemas"]["ActReason"];
            /** @description Who placed it. */
            readonly login: string;
            readonly created_at: components["schemas"]["DateTime"];
        };
        readonly JsonWebKeySet: {
            readonly keys: readonly components["schemas"]["JsonWebKey"][];
        };
        /** @description A public key, RFC 7517. */
        readonly JsonWebKey: {
            /** @enum {string} */
            readonly kty: "OKP" | "EC";
            /** @enum {string} */
            readonly crv: "Ed25519" | "P-256";
            readonly x: string;
            readonly y?: string;
            readonly kid: string;
            /** @enum {string} */
            readonly alg?: "EdDSA" | "ES256";
            /** @constant */
            readonly use?: "sig";
        };
        /** @description A problem document that names what is missing. */
        readonly NotReady: {
            readonly title: string;
            /** @constant */
            readonly status: 503;
            /** @constant */
            readonly code: "unavailable";
            readonly request_id: components["schemas"]["CallId"];
            /** @description What the process waits for. New names may be added. */
            readonly missing: readonly string[];
        };
        /**
         * @description The name of a file of the API reference.
         * @enum {string}
         */
        readonly DocsAsset: "init.js" | "page.css" | "swagger-ui-bundle.js" | "swagger-ui.css" | "connected-service.yaml" | "identity.yaml" | "portal-storage.yaml";
        /** @description The number of the call to the service within the deletion. Grows with each call. */
        readonly Attempt: number;
        /** @description 1 to 128 visible ASCII characters. */
        readonly CallId: string;
        /** @description The stable id of a category. 1 to 64 visible ASCII characters. */
        readonly CategoryId: string;
        /**
         * @description `empty`: the user has no data here. `ready_to_delete`: there is some. `delete_in_progress`: it is being
         *     deleted.
         * @enum {string}
         */
        readonly DataState: "empty" | "ready_to_delete" | "delete_in_progress";
        /**
         * Format: date-time
         * @description An instant, RFC 3339, with any offset. It must exist in the calendar and lie in the years 1 to 9999 of UTC;
         *     leap seconds are not taken.
         */
        readonly DateTime: string;
        /**
         * @description The id of a deletion, a UUID made by the hub. Only its length and alphabet are checked, so that a foreign id
         *     is answered with `stale_deletion` rather than `bad_request`.
         */
        readonly DeletionId: string;
        /** @description A code of the error table. New codes may be added. */
        readonly ErrorCode: string;
        /**
         * @description The name of a file within its service's part: 1 to 255 bytes of UTF-8 without `/`, `\`, `..` and control
         *     characters. Only its length is checked here; whatever else is not allowed is answered with `filename_invalid`.
         */
        readonly FileName: string;
        readonly Health: {
            /** @constant */
            readonly status: "ok";
        };
        /** @description The id of an export, a UUID made by the hub. Only its length and alphabet are checked. */
        readonly JobId: string;
        /**
         * @description What became of the data. `erased`: deleted. `anonymized`: kept without a link to the user. `retained`: kept
         *     because the law demands it. `nothing_found`: there was none.
         * @enum {string}
         */
        readonly Outcome: "erased" | "anonymized" | "retained" | "nothing_found";
        readonly PortalError: {
            readonly code: components["schemas"]["ErrorCode"];
            /** @description The meaning in English. Never names a person. */
            readonly message: string;
            readonly category_id?: components["schemas"]["CategoryId"];
            readonly service?: components["schemas"]["ServiceName"];
            readonly reason?: components["schemas"]["Reason"];
        };
        /** @description An error in the portal's envelope. */
        readonly PortalErrors: {
            /** @constant */
            readonly status: "error";
            readonly errors: readonly components["schemas"]["PortalError"][];
        };
        /** @description An error, RFC 9457. Clients decide by `code`; `type` is absent and means `about:blank`. */
        readonly Problem: {
            readonly type?: string;
            /** @description The meaning of the code in English. */
            readonly title: string;
            readonly status: number;
            /** @description More about this case. Never names a person. */
            readonly detail?: string;
            readonly code: components["schemas"]["ErrorCode"];
            /** @description The `X-Request-Id` of the call, for asking about it. */
            readonly request_id: components["schemas"]["CallId"];
            /** @description What is wrong with the body, one entry a place. At most 20. */
            readonly errors?: readonly components["schemas"]["ProblemEntry"][];
        };
        readonly ProblemEntry: {
            /** @description A JSON pointer (RFC 6901) into the body; empty for the whole. */
            readonly pointer: string;
            readonly detail: string;
        };
        /**
         * @description Why, as a short code such as `tax_law`, `debt`, `152-FZ` or `6(1)(c)`: at most 64 characters of ASCII letters and
         *     digits, `_`, `.`, `:`, `-`, `/`, `(`, `)` and `§`, with a letter among them, which begins with a letter, a digit, `(`
         *     or `§`. Anything else, and whatever bears the user's uid, is shown as `unspecified`.
         */
        readonly Reason: string;
        /** @description The portal's own name for its request, 1 to 128 visible ASCII characters. */
        readonly RequestId: string;
        /**
         * @description The name of a connected service, as configured: 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter
         *     or digit, not digits alone.
         */
        readonly ServiceName: string;
        /** @description A SHA-256 in lowercase hexadecimal digits. */
        readonly Sha256: string;
        /** @description The user's uid, a decimal number in a string. */
        readonly YandexUid: string;
    };
    responses: {
        /** @description A known client that has no right to this operation, or a ticket of another user. */
        readonly ExportForbidden: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description There is no such export of this user. */
        readonly JobNotFound: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description The caller is no operators' client, or the operator lacks the role. */
        readonly OperatorForbidden: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A ticket is missing or not valid. */
        readonly OperatorTicketRefused: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is malformed. */
        readonly PortalBadRequest: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description The body is larger than allowed. */
        readonly PortalBodyTooLarge: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description A fault inside. Says nothing but its code and the request id. */
        readonly PortalInternalError: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description The path exists, the method does not. */
        readonly PortalMethodNotAllowed: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly Allow: components["headers"]["Allow"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description Too many requests from this client or for this user. */
        readonly PortalRateLimited: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description The body did not arrive in time. */
        readonly PortalRequestTimeout: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description A known client that has no right to this operation. */
        readonly PortalSourceForbidden: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description A ticket is missing or not valid. */
        readonly PortalTicketRefused: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description Something that is needed to answer is not there at the moment. */
        readonly PortalUnavailable: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description The body is not `application/json`. */
        readonly PortalUnsupportedMediaType: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PortalErrors"];
            };
        };
        /** @description The request is malformed. */
        readonly ProblemBadRequest: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than allowed. */
        readonly ProblemBodyTooLarge: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault inside. Says nothing but its code and the request id. */
        readonly ProblemInternalError: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The path exists, the method does not. */
        readonly ProblemMethodNotAllowed: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly Allow: components["headers"]["Allow"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nothing is found here. */
        readonly ProblemNotFound: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests from this client or for this user. */
        readonly ProblemRateLimited: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body did not arrive in time. */
        readonly ProblemRequestTimeout: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A known client that has no right to this operation. */
        readonly ProblemSourceForbidden: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A ticket is missing or not valid. */
        readonly ProblemTicketRefused: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something that is needed to answer is not there at the moment. */
        readonly ProblemUnavailable: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not `application/json`. */
        readonly ProblemUnsupportedMediaType: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description The id of a deletion. Any other text is answered with `not_found`. */
        readonly DeletionId: components["schemas"]["DeletionId"];
        /** @description The user. */
        readonly ExportUid: components["schemas"]["YandexUid"];
        /** @description The id of an export. Any other text is answered with `not_found`. */
        readonly JobId: components["schemas"]["JobId"];
        /**
         * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
         *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
         */
        readonly IdempotencyKey: components["schemas"]["RequestId"];
        /** @description The id of a hold. Any other text is answered with `not_found`. */
        readonly HoldId: components["schemas"]["DeletionId"];
        /** @description The name of a configured service. Any other text is answered with `not_found`. */
        readonly ServiceName: components["schemas"]["DeletionId"];
        /** @description How many items a page has at most; 50 if absent. */
        readonly Limit: components["schemas"]["ListLimit"];
        /** @description The `next_cursor` of the page before, with the same conditions. */
        readonly Cursor: components["schemas"]["Cursor"];
        /** @description One of the files that there are. */
        readonly DocsAsset: components["schemas"]["DocsAsset"];
        /** @description W3C trace context, passed on to the services that are called. */
        readonly Traceparent: string;
        /**
         * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
         *     do with the takeout `request_id`.
         */
        readonly XRequestId: components["schemas"]["CallId"];
    };
    requestBodies: never;
    headers: {
        /** @description Names the archive; another archive has another. */
        readonly ETag: string;
        /** @description Always `bytes`. */
        readonly AcceptRanges: "bytes";
        /** @description Which bytes of how many these are. */
        readonly ContentRange: string;
        /** @description Says that it is to be stored, and under which name. */
        readonly ContentDisposition: string;
        /** @description The methods that the path knows. */
        readonly Allow: string;
        /** @description Always `no-store`. */
        readonly NoStore: "no-store";
        /** @description After how many seconds the call may be repeated. */
        readonly RetryAfter: number;
        /** @description The caller's `X-Request-Id`, or the one that was made for this call. */
        readonly XRequestId: components["schemas"]["CallId"];
    };
    pathItems: never;
}
export type StatusAnswer = components['schemas']['StatusAnswer'];
export type CategoryStatus = components['schemas']['CategoryStatus'];
export type Retained = components['schemas']['Retained'];
export type Denied = components['schemas']['Denied'];
export type DeleteRequest = components['schemas']['DeleteRequest'];
export type DeleteAnswer = components['schemas']['DeleteAnswer'];
export type SetDataStatusRequest = components['schemas']['SetDataStatusRequest'];
export type ReportedError = components['schemas']['ReportedError'];
export type SetDataStatusAnswer = components['schemas']['SetDataStatusAnswer'];
export type ExportState = components['schemas']['ExportState'];
export type ExportPartState = components['schemas']['ExportPartState'];
export type SubmitExportAnswer = components['schemas']['SubmitExportAnswer'];
export type ExportStatusAnswer = components['schemas']['ExportStatusAnswer'];
export type ExportStatus = components['schemas']['ExportStatus'];
export type ExportStatusPart = components['schemas']['ExportStatusPart'];
export type DownloadExportRequest = components['schemas']['DownloadExportRequest'];
export type DownloadExportAnswer = components['schemas']['DownloadExportAnswer'];
export type ArchiveLink = components['schemas']['ArchiveLink'];
export type UploadExportFileAnswer = components['schemas']['UploadExportFileAnswer'];
export type SetExportStatusRequest = components['schemas']['SetExportStatusRequest'];
export type ReportedFile = components['schemas']['ReportedFile'];
export type SetExportStatusAnswer = components['schemas']['SetExportStatusAnswer'];
export type DeletionState = components['schemas']['DeletionState'];
export type Age = components['schemas']['Age'];
export type ListLimit = components['schemas']['ListLimit'];
export type Cursor = components['schemas']['Cursor'];
export type DeletionList = components['schemas']['DeletionList'];
export type Deletion = components['schemas']['Deletion'];
export type PartState = components['schemas']['PartState'];
export type DeletionPart = components['schemas']['DeletionPart'];
export type PartError = components['schemas']['PartError'];
export type DeletionEvent = components['schemas']['DeletionEvent'];
export type ResolveProposal = components['schemas']['ResolveProposal'];
export type ResolvedState = components['schemas']['ResolvedState'];
export type ActReason = components['schemas']['ActReason'];
export type ExportList = components['schemas']['ExportList'];
export type Export = components['schemas']['Export'];
export type ExportPart = components['schemas']['ExportPart'];
export type ExportEvent = components['schemas']['ExportEvent'];
export type StuckList = components['schemas']['StuckList'];
export type StuckPart = components['schemas']['StuckPart'];
export type ServiceList = components['schemas']['ServiceList'];
export type ServiceHealth = components['schemas']['ServiceHealth'];
export type ServiceCheck = components['schemas']['ServiceCheck'];
export type ServiceBreaker = components['schemas']['ServiceBreaker'];
export type ServiceBacklog = components['schemas']['ServiceBacklog'];
export type ActRequest = components['schemas']['ActRequest'];
export type CreateDeletionRequest = components['schemas']['CreateDeletionRequest'];
export type ResolveRequest = components['schemas']['ResolveRequest'];
export type HoldRequest = components['schemas']['HoldRequest'];
export type HoldAnswer = components['schemas']['HoldAnswer'];
export type ReleaseAnswer = components['schemas']['ReleaseAnswer'];
export type HoldList = components['schemas']['HoldList'];
export type Hold = components['schemas']['Hold'];
export type JsonWebKeySet = components['schemas']['JsonWebKeySet'];
export type JsonWebKey = components['schemas']['JsonWebKey'];
export type NotReady = components['schemas']['NotReady'];
export type DocsAsset = components['schemas']['DocsAsset'];
export type Attempt = components['schemas']['Attempt'];
export type CallId = components['schemas']['CallId'];
export type CategoryId = components['schemas']['CategoryId'];
export type DataState = components['schemas']['DataState'];
export type DateTime = components['schemas']['DateTime'];
export type DeletionId = components['schemas']['DeletionId'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type FileName = components['schemas']['FileName'];
export type Health = components['schemas']['Health'];
export type JobId = components['schemas']['JobId'];
export type Outcome = components['schemas']['Outcome'];
export type PortalError = components['schemas']['PortalError'];
export type PortalErrors = components['schemas']['PortalErrors'];
export type Problem = components['schemas']['Problem'];
export type ProblemEntry = components['schemas']['ProblemEntry'];
export type Reason = components['schemas']['Reason'];
export type RequestId = components['schemas']['RequestId'];
export type ServiceName = components['schemas']['ServiceName'];
export type Sha256 = components['schemas']['Sha256'];
export type YandexUid = components['schemas']['YandexUid'];
export type ResponseExportForbidden = components['responses']['ExportForbidden'];
export type ResponseJobNotFound = components['responses']['JobNotFound'];
export type ResponseOperatorForbidden = components['responses']['OperatorForbidden'];
export type ResponseOperatorTicketRefused = components['responses']['OperatorTicketRefused'];
export type ResponsePortalBadRequest = components['responses']['PortalBadRequest'];
export type ResponsePortalBodyTooLarge = components['responses']['PortalBodyTooLarge'];
export type ResponsePortalInternalError = components['responses']['PortalInternalError'];
export type ResponsePortalMethodNotAllowed = components['responses']['PortalMethodNotAllowed'];
export type ResponsePortalRateLimited = components['responses']['PortalRateLimited'];
export type ResponsePortalRequestTimeout = components['responses']['PortalRequestTimeout'];
export type ResponsePortalSourceForbidden = components['responses']['PortalSourceForbidden'];
export type ResponsePortalTicketRefused = components['responses']['PortalTicketRefused'];
export type ResponsePortalUnavailable = components['responses']['PortalUnavailable'];
export type ResponsePortalUnsupportedMediaType = components['responses']['PortalUnsupportedMediaType'];
export type ResponseProblemBadRequest = components['responses']['ProblemBadRequest'];
export type ResponseProblemBodyTooLarge = components['responses']['ProblemBodyTooLarge'];
export type ResponseProblemInternalError = components['responses']['ProblemInternalError'];
export type ResponseProblemMethodNotAllowed = components['responses']['ProblemMethodNotAllowed'];
export type ResponseProblemNotFound = components['responses']['ProblemNotFound'];
export type ResponseProblemRateLimited = components['responses']['ProblemRateLimited'];
export type ResponseProblemRequestTimeout = components['responses']['ProblemRequestTimeout'];
export type ResponseProblemSourceForbidden = components['responses']['ProblemSourceForbidden'];
export type ResponseProblemTicketRefused = components['responses']['ProblemTicketRefused'];
export type ResponseProblemUnavailable = components['responses']['ProblemUnavailable'];
export type ResponseProblemUnsupportedMediaType = components['responses']['ProblemUnsupportedMediaType'];
export type ParameterDeletionId = components['parameters']['DeletionId'];
export type ParameterExportUid = components['parameters']['ExportUid'];
export type ParameterJobId = components['parameters']['JobId'];
export type ParameterIdempotencyKey = components['parameters']['IdempotencyKey'];
export type ParameterHoldId = components['parameters']['HoldId'];
export type ParameterServiceName = components['parameters']['ServiceName'];
export type ParameterLimit = components['parameters']['Limit'];
export type ParameterCursor = components['parameters']['Cursor'];
export type ParameterDocsAsset = components['parameters']['DocsAsset'];
export type ParameterTraceparent = components['parameters']['Traceparent'];
export type ParameterXRequestId = components['parameters']['XRequestId'];
export type HeaderETag = components['headers']['ETag'];
export type HeaderAcceptRanges = components['headers']['AcceptRanges'];
export type HeaderContentRange = components['headers']['ContentRange'];
export type HeaderContentDisposition = components['headers']['ContentDisposition'];
export type HeaderAllow = components['headers']['Allow'];
export type HeaderNoStore = components['headers']['NoStore'];
export type HeaderRetryAfter = components['headers']['RetryAfter'];
export type HeaderXRequestId = components['headers']['XRequestId'];
export type $defs = Record<string, never>;
export interface operations {
    readonly getStatus: {
        readonly parameters: {
            readonly query?: {
                /** @description The portal's own name for this request. */
                readonly request_id?: components["schemas"]["RequestId"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The state of every category. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Cache-Control": components["headers"]["NoStore"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["StatusAnswer"];
                };
            };
            readonly 400: components["responses"]["PortalBadRequest"];
            readonly 401: components["responses"]["PortalTicketRefused"];
            readonly 403: components["responses"]["PortalSourceForbidden"];
            readonly 405: components["responses"]["PortalMethodNotAllowed"];
            readonly 429: components["responses"]["PortalRateLimited"];
            readonly 500: components["responses"]["PortalInternalError"];
            readonly 503: components["responses"]["PortalUnavailable"];
        };
    };
    readonly deleteData: {
        readonly parameters: {
            readonly query: {
                /** @description The portal's own name for this request, which makes repeats harmless. */
                readonly request_id: components["schemas"]["RequestId"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DeleteRequest"];
            };
        };
        readonly responses: {
            /** @description Recorded and queued. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeleteAnswer"];
                };
            };
            /** @description The request is malformed, or names what is not configured. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortalErrors"];
                };
            };
            readonly 401: components["responses"]["PortalTicketRefused"];
            readonly 403: components["responses"]["PortalSourceForbidden"];
            readonly 405: components["responses"]["PortalMethodNotAllowed"];
            readonly 408: components["responses"]["PortalRequestTimeout"];
            /** @description The `request_id` was used for other categories, or a hold forbids the deletion. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortalErrors"];
                };
            };
            readonly 413: components["responses"]["PortalBodyTooLarge"];
            readonly 415: components["responses"]["PortalUnsupportedMediaType"];
            readonly 429: components["responses"]["PortalRateLimited"];
            readonly 500: components["responses"]["PortalInternalError"];
            /** @description The deletion may or may not have been recorded. Repeat with the same `request_id`. */
            readonly 503: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Retry-After": components["headers"]["RetryAfter"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortalErrors"];
                };
            };
        };
    };
    readonly submitExport: {
        readonly parameters: {
            readonly query: {
                /** @description The user. */
                readonly uid: components["parameters"]["ExportUid"];
                /** @description The portal's own name for this request, which makes repeats harmless. */
                readonly request_id: components["schemas"]["RequestId"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Recorded and queued. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SubmitExportAnswer"];
                };
            };
            /** @description The request is malformed. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortalErrors"];
                };
            };
            readonly 401: components["responses"]["PortalTicketRefused"];
            readonly 403: components["responses"]["ExportForbidden"];
            readonly 405: components["responses"]["PortalMethodNotAllowed"];
            readonly 429: components["responses"]["PortalRateLimited"];
            readonly 500: components["responses"]["PortalInternalError"];
            /** @description The export may or may not have been recorded. Repeat with the same `request_id`. */
            readonly 503: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Retry-After": components["headers"]["RetryAfter"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortalErrors"];
                };
            };
        };
    };
    readonly getExportStatus: {
        readonly parameters: {
            readonly query: {
                /** @description The user. */
                readonly uid: components["parameters"]["ExportUid"];
                /** @description The export, as `submit` named it. Any other text is answered with `job_not_found`. */
                readonly job_id: components["schemas"]["JobId"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The export. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Cache-Control": components["headers"]["NoStore"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ExportStatusAnswer"];
                };
            };
            readonly 400: components["responses"]["PortalBadRequest"];
            readonly 401: components["responses"]["PortalTicketRefused"];
            readonly 403: components["responses"]["ExportForbidden"];
            readonly 404: components["responses"]["JobNotFound"];
            readonly 405: components["responses"]["PortalMethodNotAllowed"];
            readonly 429: components["responses"]["PortalRateLimited"];
            readonly 500: components["responses"]["PortalInternalError"];
            readonly 503: components["responses"]["PortalUnavailable"];
        };
    };
    readonly downloadExport: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DownloadExportRequest"];
            };
        };
        readonly responses: {
            /** @description The link. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DownloadExportAnswer"];
                };
            };
            readonly 400: components["responses"]["PortalBadRequest"];
            readonly 401: components["responses"]["PortalTicketRefused"];
            readonly 403: components["responses"]["PortalSourceForbidden"];
            readonly 404: components["responses"]["JobNotFound"];
            readonly 405: components["responses"]["PortalMethodNotAllowed"];
            readonly 408: components["responses"]["PortalRequestTimeout"];
            /** @description The export still runs, came to nothing, or was delivered to the portal's own storage. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortalErrors"];
                };
            };
            /** @description The archive is kept no longer. */
            readonly 410: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortalErrors"];
                };
            };
            readonly 413: components["responses"]["PortalBodyTooLarge"];
            readonly 415: components["responses"]["PortalUnsupportedMediaType"];
            readonly 429: components["responses"]["PortalRateLimited"];
            readonly 500: components["responses"]["PortalInternalError"];
            readonly 503: components["responses"]["PortalUnavailable"];
        };
    };
    readonly getArchive: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description The bytes that are wanted, such as `bytes=1000-`. Several ranges at once are answered with the whole. */
                readonly Range?: string;
                /** @description The range is wanted only of the archive with this `ETag`; of another, the whole. */
                readonly "If-Range"?: string;
            };
            readonly path: {
                /** @description As `download` made it. */
                readonly link: components["schemas"]["ArchiveLink"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The whole archive. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly "Accept-Ranges": components["headers"]["AcceptRanges"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/zip": string;
                };
            };
            /** @description The range that was asked for. */
            readonly 206: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly "Content-Range": components["headers"]["ContentRange"];
                    readonly "Content-Disposition": components["headers"]["ContentDisposition"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/zip": string;
                };
            };
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            /** @description The link's time is over, or the archive's. */
            readonly 410: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive ends before the range begins. */
            readonly 416: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Content-Range": components["headers"]["ContentRange"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 500: components["responses"]["ProblemInternalError"];
            /** @description The ledger or the store of archives is not there at the moment. */
            readonly 503: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Retry-After": components["headers"]["RetryAfter"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly setDataStatus: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SetDataStatusRequest"];
            };
        };
        readonly responses: {
            /** @description Stored, now or before. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SetDataStatusAnswer"];
                };
            };
            /** @description The report is malformed, or names a category that neither the configuration nor the named deletion has. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 401: components["responses"]["ProblemTicketRefused"];
            /** @description The caller is not a connected service, or reports for another one. */
            readonly 403: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description A newer deletion of this user, category and service exists, or none of this id. Do not repeat. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly uploadExportFile: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
                /** @description Digests of the body (RFC 9530), such as `sha-256=:…:`. That by SHA-256 is checked, others are not looked at. */
                readonly "Content-Digest"?: string;
            };
            readonly path: {
                /** @description The export, as the call named it. Any other text is answered with `not_found`. */
                readonly job_id: components["schemas"]["JobId"];
                /** @description The name of the file, percent-encoded. */
                readonly name: components["schemas"]["FileName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/octet-stream": string;
            };
        };
        readonly responses: {
            /** @description Kept. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["UploadExportFileAnswer"];
                };
            };
            /** @description The name is not allowed, or the body is not what it should be. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            /** @description No part of this service awaits files under this job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description The part takes no more files, or not this one. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
            /** @description The disk is full. Nothing of the file was kept; try again later. */
            readonly 507: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Retry-After": components["headers"]["RetryAfter"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly setExportStatus: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description W3C trace context, passed on to the services that are called. */
                readonly traceparent?: components["parameters"]["Traceparent"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SetExportStatusRequest"];
            };
        };
        readonly responses: {
            /** @description Stored, now or before. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SetExportStatusAnswer"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["ProblemTicketRefused"];
            /** @description The caller is not a connected service, or reports for another one. */
            readonly 403: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service has no part in such an export of this user, or was not called for it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description A named file is not there, or the part was closed otherwise. Do not repeat. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly listDeletions: {
        readonly parameters: {
            readonly query?: {
                /** @description What became of the deletion. */
                readonly state?: components["schemas"]["DeletionState"];
                /** @description Only deletions with a part of this service. */
                readonly service?: components["schemas"]["ServiceName"];
                /** @description Only deletions with this category. */
                readonly category?: components["schemas"]["CategoryId"];
                /** @description Only deletions that were accepted longer ago than this. */
                readonly older_than?: components["schemas"]["Age"];
                /** @description Only deletions of this user. */
                readonly uid?: components["schemas"]["YandexUid"];
                /** @description Only deletions that a request of the portal with this `request_id` started or joined. */
                readonly request_id?: components["schemas"]["RequestId"];
                /** @description How many items a page has at most; 50 if absent. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description The `next_cursor` of the page before, with the same conditions. */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeletionList"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly createDeletion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["CreateDeletionRequest"];
            };
        };
        readonly responses: {
            /** @description Recorded and queued. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Deletion"];
                };
            };
            /** @description The request is malformed, or names what is not configured. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            /** @description Something that is needed to answer is not there at the moment. */
            readonly 503: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Retry-After": components["headers"]["RetryAfter"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getDeletion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The deletion. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Deletion"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly retryDeletion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActRequest"];
            };
        };
        readonly responses: {
            /** @description Recorded and queued. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Deletion"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly cancelDeletion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActRequest"];
            };
        };
        readonly responses: {
            /** @description Cancelled, now or before. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Deletion"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly resolveDeletion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                /** @description The id of a deletion. Any other text is answered with `not_found`. */
                readonly deletion_id: components["parameters"]["DeletionId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ResolveRequest"];
            };
        };
        readonly responses: {
            /** @description Proposed, or done. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Deletion"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly listExports: {
        readonly parameters: {
            readonly query?: {
                /** @description What the export is, as the portal sees it. */
                readonly state?: components["schemas"]["ExportState"];
                /** @description Only exports with a part of this service. */
                readonly service?: components["schemas"]["ServiceName"];
                /** @description Only exports that were submitted longer ago than this. */
                readonly older_than?: components["schemas"]["Age"];
                /** @description Only exports of this user. */
                readonly uid?: components["schemas"]["YandexUid"];
                /** @description Only the export that a request of the portal with this `request_id` started or joined. */
                readonly request_id?: components["schemas"]["RequestId"];
                /** @description How many items a page has at most; 50 if absent. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description The `next_cursor` of the page before, with the same conditions. */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ExportList"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly getExport: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of an export. Any other text is answered with `not_found`. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The export. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Export"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly retryExport: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                /** @description The id of an export. Any other text is answered with `not_found`. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActRequest"];
            };
        };
        readonly responses: {
            /** @description Recorded and queued. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Export"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly listStuck: {
        readonly parameters: {
            readonly query?: {
                /** @description The age to be listed instead of `stuck.warn_after`. */
                readonly older_than?: components["schemas"]["Age"];
                /** @description How many items a page has at most; 50 if absent. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description The `next_cursor` of the page before, with the same conditions. */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["StuckList"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly listServices: {
        readonly parameters: {
            readonly query?: {
                /** @description How many items a page has at most; 50 if absent. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description The `next_cursor` of the page before, with the same conditions. */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ServiceList"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly pauseService: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                /** @description The name of a configured service. Any other text is answered with `not_found`. */
                readonly name: components["parameters"]["ServiceName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActRequest"];
            };
        };
        readonly responses: {
            /** @description Paused. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ServiceHealth"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly resumeService: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                /** @description The name of a configured service. Any other text is answered with `not_found`. */
                readonly name: components["parameters"]["ServiceName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActRequest"];
            };
        };
        readonly responses: {
            /** @description Not paused. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ServiceHealth"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly checkService: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                /** @description The name of a configured service. Any other text is answered with `not_found`. */
                readonly name: components["parameters"]["ServiceName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActRequest"];
            };
        };
        readonly responses: {
            /** @description What was found. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ServiceCheck"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly listHolds: {
        readonly parameters: {
            readonly query?: {
                /** @description Only holds on this user. */
                readonly uid?: components["schemas"]["YandexUid"];
                /** @description How many items a page has at most; 50 if absent. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description The `next_cursor` of the page before, with the same conditions. */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["HoldList"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly placeHold: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /**
                 * @description Makes repeats harmless: for 24 hours the same key of the same operator gets the same answer again and does
                 *     nothing, and with another request it is refused. An answer of 5xx is not kept. 1 to 128 visible ASCII characters.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["HoldRequest"];
            };
        };
        readonly responses: {
            /** @description Held. */
            readonly 201: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["HoldAnswer"];
                };
            };
            /** @description The request is malformed, or names what is not configured. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            /** @description Not now, or not with this key. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly releaseHold: {
        readonly parameters: {
            readonly query: {
                /** @description Why, for the audit. */
                readonly reason: components["schemas"]["ActReason"];
            };
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description The id of a hold. Any other text is answered with `not_found`. */
                readonly hold_id: components["parameters"]["HoldId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Released. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ReleaseAnswer"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["OperatorTicketRefused"];
            readonly 403: components["responses"]["OperatorForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly getJwks: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The public keys. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JsonWebKeySet"];
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
        };
    };
    readonly getLiveness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Alive. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
        };
    };
    readonly getReadiness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Ready. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
            /** @description Not ready. */
            readonly 503: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly "Retry-After": components["headers"]["RetryAfter"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["NotReady"];
                };
            };
        };
    };
    readonly getMetrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All metrics. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
        };
    };
    readonly getOpenapi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description An OpenAPI 3.1 document. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/yaml": string;
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
        };
    };
    readonly getDocs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
        };
    };
    readonly getDocsAsset: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
            };
            readonly path: {
                /** @description One of the files that there are. */
                readonly asset: components["parameters"]["DocsAsset"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The file. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/css": string;
                    readonly "text/javascript": string;
                    readonly "application/yaml": string;
                };
            };
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 500: components["responses"]["ProblemInternalError"];
        };
    };
}
