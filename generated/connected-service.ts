// Generated from api/ by scripts/generate.ts. Do not edit.

export interface paths {
    readonly "/v1/takeout/status/": {
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
         * Whether the service holds data of the user
         * @description Answers for each asked category, or in one word for all of them. What the law obliges the service to keep does
         *     not count as data. A service that would refuse to delete says so in `denied`.
         */
        readonly post: operations["serviceStatus"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/takeout/delete/": {
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
         * @description Deletes what was created until `to` and nothing later, then reports each category with `set_data_status`. The
         *     unit of idempotency is a category of a `deletion_id`: a repeat may run again or skip, but never reaches beyond
         *     the first call's `to`, and is reported again.
         *
         *     A service configured with `completion: answer` does its work before it answers 200 and reports nothing; its
         *     answer closes every category of the call. 202 promises a report whatever is configured. 408, 425, 429, 5xx and
         *     silence are tried again; any other 4xx ends the work as failed.
         */
        readonly post: operations["serviceDelete"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/takeout/export/": {
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
         * Give a copy of the user's data
         * @description Answers that there is nothing, gives a few small files at once, or promises with 202 to upload them. A repeat of
         *     a `job_id` has the same result as one call.
         *
         *     Each file is sent to `upload_url` with its percent-encoded name appended; when all are there the service reports
         *     to the hub. Inline data is at most 1 MiB: more fails this service's part, and is not tried again. An inline file
         *     whose name is not allowed is left out of the copy, which says so. 408, 425, 429, 5xx and silence are tried again;
         *     any other 4xx ends the work as failed.
         */
        readonly post: operations["serviceExport"];
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
        /** @description The categories that are asked for. */
        readonly AskedCategories: readonly components["schemas"]["CategoryId"][];
        readonly ServiceStatusRequest: {
            readonly yandex_uids: components["schemas"]["Accounts"];
            readonly user_ids?: components["schemas"]["IdList"];
            readonly phone_ids?: components["schemas"]["IdList"];
            readonly personal_phone_ids?: components["schemas"]["IdList"];
            readonly personal_email_ids?: components["schemas"]["IdList"];
            readonly categories: components["schemas"]["AskedCategories"];
            readonly request_id?: components["schemas"]["RequestId"];
        };
        /** @description A list by category, or one state for all that were asked. Where both stand, the list counts. */
        readonly ServiceStatusAnswer: components["schemas"]["ServiceStatusByCategory"] | components["schemas"]["ServiceStatusForAll"];
        readonly ServiceStatusByCategory: {
            readonly categories: components["schemas"]["ServiceCategoryStates"];
            readonly data_state?: components["schemas"]["DataState"];
        };
        readonly ServiceStatusForAll: {
            readonly categories?: components["schemas"]["ServiceCategoryStates"];
            readonly data_state: components["schemas"]["DataState"];
        };
        readonly ServiceCategoryStates: readonly components["schemas"]["ServiceCategoryState"][];
        readonly ServiceCategoryState: {
            readonly id: components["schemas"]["CategoryId"];
            readonly data_state: components["schemas"]["DataState"];
            /** @description The service would refuse to delete now. */
            readonly denied?: {
                readonly reason: components["schemas"]["Reason"];
            };
        };
        readonly ServiceDeleteRequest: {
            readonly yandex_uids: components["schemas"]["Accounts"];
            readonly user_ids?: components["schemas"]["IdList"];
            readonly phone_ids?: components["schemas"]["IdList"];
            readonly personal_phone_ids?: components["schemas"]["IdList"];
            readonly personal_email_ids?: components["schemas"]["IdList"];
            readonly categories: components["schemas"]["AskedCategories"];
            readonly request_id?: components["schemas"]["RequestId"];
            /** @description The deletion. To be echoed in the report. */
            readonly deletion_id: components["schemas"]["DeletionId"];
            /** @description What to send as `yandex_uid` in the report. */
            readonly report_uid: components["schemas"]["YandexUid"];
            /** @description Reserved. Absent means no lower bound. */
            readonly from?: components["schemas"]["DateTime"];
            /** @description The fence. What was created later must survive. */
            readonly to: components["schemas"]["DateTime"];
            /** @description The number of this call. To be echoed in the report. */
            readonly attempt: components["schemas"]["Attempt"];
        };
        /** @description What became of the data, for every category of the call. Read only with `completion: answer`. */
        readonly ServiceDeleteAnswer: {
            /** @description Absent means `erased`. */
            readonly outcome?: components["schemas"]["Outcome"];
            readonly retained_until?: components["schemas"]["DateTime"];
            readonly reason?: components["schemas"]["Reason"];
        };
        readonly ServiceDenial: {
            /** @constant */
            readonly code: "delete_denied";
            readonly reason?: components["schemas"]["Reason"];
        };
        /** @description The same as a problem document. */
        readonly ServiceDenialProblem: components["schemas"]["Problem"] & components["schemas"]["ServiceDenial"];
        readonly ServiceExportRequest: {
            readonly yandex_uids: components["schemas"]["Accounts"];
            readonly user_ids?: components["schemas"]["IdList"];
            readonly phone_ids?: components["schemas"]["IdList"];
            readonly personal_phone_ids?: components["schemas"]["IdList"];
            readonly personal_email_ids?: components["schemas"]["IdList"];
            readonly categories: components["schemas"]["AskedCategories"];
            readonly request_id?: components["schemas"]["RequestId"];
            /** @description The export. To be echoed in the report. */
            readonly job_id: components["schemas"]["JobId"];
            /** @description Where files are put; the percent-encoded name of the file is to be appended. */
            readonly upload_url: string;
            /** @description What to send as `yandex_uid` in the report. */
            readonly report_uid: components["schemas"]["YandexUid"];
            /** @description What is uploaded or reported later is not taken any more. */
            readonly deadline: components["schemas"]["DateTime"];
        };
        /** @description That there is nothing, or all files of the service. */
        readonly ServiceExportAnswer: components["schemas"]["ServiceExportNoData"] | components["schemas"]["ServiceExportInline"];
        readonly ServiceExportNoData: {
            /** @constant */
            readonly status: "no_data";
        };
        readonly ServiceExportInline: {
            /** @constant */
            readonly status: "ok";
            /** @description The content of each file, any JSON value, by the file's name. */
            readonly data: Record<string, unknown>;
        };
        readonly Account: {
            readonly uid: components["schemas"]["YandexUid"];
            /** @description Whether this is the account of the portal itself. */
            readonly is_portal: boolean;
        };
        /** @description Every account of the user, the primary one first. */
        readonly Accounts: readonly components["schemas"]["Account"][];
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
        /** @description Identifiers of one kind. At most 1,000. */
        readonly IdList: readonly string[];
        /** @description The id of an export, a UUID made by the hub. Only its length and alphabet are checked. */
        readonly JobId: string;
        /**
         * @description What became of the data. `erased`: deleted. `anonymized`: kept without a link to the user. `retained`: kept
         *     because the law demands it. `nothing_found`: there was none.
         * @enum {string}
         */
        readonly Outcome: "erased" | "anonymized" | "retained" | "nothing_found";
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
        /** @description The user's uid, a decimal number in a string. */
        readonly YandexUid: string;
    };
    responses: {
        /** @description The service refuses. Not tried again; the reason is kept and shown. */
        readonly ServiceDenied: {
            headers: {
                readonly "X-Request-Id": components["headers"]["XRequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["ServiceDenial"];
                readonly "application/problem+json": components["schemas"]["ServiceDenialProblem"];
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
        /** @description The methods that the path knows. */
        readonly Allow: string;
        /** @description After how many seconds the call may be repeated. */
        readonly RetryAfter: number;
        /** @description The caller's `X-Request-Id`, or the one that was made for this call. */
        readonly XRequestId: components["schemas"]["CallId"];
    };
    pathItems: never;
}
export type AskedCategories = components['schemas']['AskedCategories'];
export type ServiceStatusRequest = components['schemas']['ServiceStatusRequest'];
export type ServiceStatusAnswer = components['schemas']['ServiceStatusAnswer'];
export type ServiceStatusByCategory = components['schemas']['ServiceStatusByCategory'];
export type ServiceStatusForAll = components['schemas']['ServiceStatusForAll'];
export type ServiceCategoryStates = components['schemas']['ServiceCategoryStates'];
export type ServiceCategoryState = components['schemas']['ServiceCategoryState'];
export type ServiceDeleteRequest = components['schemas']['ServiceDeleteRequest'];
export type ServiceDeleteAnswer = components['schemas']['ServiceDeleteAnswer'];
export type ServiceDenial = components['schemas']['ServiceDenial'];
export type ServiceDenialProblem = components['schemas']['ServiceDenialProblem'];
export type ServiceExportRequest = components['schemas']['ServiceExportRequest'];
export type ServiceExportAnswer = components['schemas']['ServiceExportAnswer'];
export type ServiceExportNoData = components['schemas']['ServiceExportNoData'];
export type ServiceExportInline = components['schemas']['ServiceExportInline'];
export type Account = components['schemas']['Account'];
export type Accounts = components['schemas']['Accounts'];
export type Attempt = components['schemas']['Attempt'];
export type CallId = components['schemas']['CallId'];
export type CategoryId = components['schemas']['CategoryId'];
export type DataState = components['schemas']['DataState'];
export type DateTime = components['schemas']['DateTime'];
export type DeletionId = components['schemas']['DeletionId'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type IdList = components['schemas']['IdList'];
export type JobId = components['schemas']['JobId'];
export type Outcome = components['schemas']['Outcome'];
export type Problem = components['schemas']['Problem'];
export type ProblemEntry = components['schemas']['ProblemEntry'];
export type Reason = components['schemas']['Reason'];
export type RequestId = components['schemas']['RequestId'];
export type YandexUid = components['schemas']['YandexUid'];
export type ResponseServiceDenied = components['responses']['ServiceDenied'];
export type ResponseProblemBadRequest = components['responses']['ProblemBadRequest'];
export type ResponseProblemBodyTooLarge = components['responses']['ProblemBodyTooLarge'];
export type ResponseProblemInternalError = components['responses']['ProblemInternalError'];
export type ResponseProblemMethodNotAllowed = components['responses']['ProblemMethodNotAllowed'];
export type ResponseProblemRateLimited = components['responses']['ProblemRateLimited'];
export type ResponseProblemRequestTimeout = components['responses']['ProblemRequestTimeout'];
export type ResponseProblemSourceForbidden = components['responses']['ProblemSourceForbidden'];
export type ResponseProblemTicketRefused = components['responses']['ProblemTicketRefused'];
export type ResponseProblemUnavailable = components['responses']['ProblemUnavailable'];
export type ResponseProblemUnsupportedMediaType = components['responses']['ProblemUnsupportedMediaType'];
export type ParameterTraceparent = components['parameters']['Traceparent'];
export type ParameterXRequestId = components['parameters']['XRequestId'];
export type HeaderAllow = components['headers']['Allow'];
export type HeaderRetryAfter = components['headers']['RetryAfter'];
export type HeaderXRequestId = components['headers']['XRequestId'];
export type $defs = Record<string, never>;
export interface operations {
    readonly serviceStatus: {
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
                readonly "application/json": components["schemas"]["ServiceStatusRequest"];
            };
        };
        readonly responses: {
            /** @description The state of every asked category. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ServiceStatusAnswer"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly serviceDelete: {
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
                readonly "application/json": components["schemas"]["ServiceDeleteRequest"];
            };
        };
        readonly responses: {
            /** @description Accepted, or with `completion: answer` done. An empty body means `erased`. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ServiceDeleteAnswer"];
                };
            };
            /** @description Accepted; a report will follow. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            readonly 409: components["responses"]["ServiceDenied"];
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly serviceExport: {
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
                readonly "application/json": components["schemas"]["ServiceExportRequest"];
            };
        };
        readonly responses: {
            /** @description Nothing to export, or all of it. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ServiceExportAnswer"];
                };
            };
            /** @description Accepted; files will be uploaded and a report will follow. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            readonly 409: components["responses"]["ServiceDenied"];
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
}
