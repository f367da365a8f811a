// Generated from api/ by scripts/generate.ts. Do not edit.

export interface paths {
    readonly "/v1/takeout/exports/{job_id}/files/{service}/{name}": {
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
                /** @description The export, as the hub named it when the portal submitted it. */
                readonly job_id: components["parameters"]["JobId"];
                /** @description The service that gave the file. */
                readonly service: components["schemas"]["ServiceName"];
                /** @description The name that the service gave the file, percent-encoded. */
                readonly name: components["schemas"]["FileName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Keep one file
         * @description The body is the file as it is, at most 5 GiB, with its `Content-Length` and `Content-Digest`. The same file may come
         *     again, and replaces itself.
         */
        readonly put: operations["storeExportFile"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/takeout/exports/{job_id}/done": {
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
                /** @description The export, as the hub named it when the portal submitted it. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * All files are there
         * @description How many files each service gave, and which services are missing and why. After an operator has had the missing ones
         *     tried again, their files and another `done` follow.
         */
        readonly post: operations["finishExport"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/takeout/exports/{job_id}/notify": {
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
                /** @description The export, as the hub named it when the portal submitted it. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Tell the user that the copy is there
         * @description The last step. Has no body; the portal knows from the job whose it is.
         */
        readonly post: operations["notifyExport"];
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
        readonly FinishExportRequest: {
            /**
             * @description `ready`: the copy is whole. `partial`: some service is missing.
             * @enum {string}
             */
            readonly state: "ready" | "partial";
            /** @description What was pushed. */
            readonly services: readonly components["schemas"]["FinishedService"][];
            /** @description What could not be had. */
            readonly missing: readonly components["schemas"]["MissingService"][];
        };
        readonly FinishedService: {
            readonly service: components["schemas"]["ServiceName"];
            readonly files: number;
            readonly bytes: number;
        };
        readonly MissingService: {
            readonly service: components["schemas"]["ServiceName"];
            readonly reason: components["schemas"]["Reason"];
        };
        /** @description 1 to 128 visible ASCII characters. */
        readonly CallId: string;
        /** @description A code of the error table. New codes may be added. */
        readonly ErrorCode: string;
        /**
         * @description The name of a file within its service's part: 1 to 255 bytes of UTF-8 without `/`, `\`, `..` and control
         *     characters. Only its length is checked here; whatever else is not allowed is answered with `filename_invalid`.
         */
        readonly FileName: string;
        /** @description The id of an export, a UUID made by the hub. Only its length and alphabet are checked. */
        readonly JobId: string;
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
        /**
         * @description The name of a connected service, as configured: 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter
         *     or digit, not digits alone.
         */
        readonly ServiceName: string;
    };
    responses: {
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
        /** @description The export, as the hub named it when the portal submitted it. */
        readonly JobId: components["schemas"]["JobId"];
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
export type FinishExportRequest = components['schemas']['FinishExportRequest'];
export type FinishedService = components['schemas']['FinishedService'];
export type MissingService = components['schemas']['MissingService'];
export type CallId = components['schemas']['CallId'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type FileName = components['schemas']['FileName'];
export type JobId = components['schemas']['JobId'];
export type Problem = components['schemas']['Problem'];
export type ProblemEntry = components['schemas']['ProblemEntry'];
export type Reason = components['schemas']['Reason'];
export type ServiceName = components['schemas']['ServiceName'];
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
export type ParameterJobId = components['parameters']['JobId'];
export type ParameterXRequestId = components['parameters']['XRequestId'];
export type HeaderAllow = components['headers']['Allow'];
export type HeaderRetryAfter = components['headers']['RetryAfter'];
export type HeaderXRequestId = components['headers']['XRequestId'];
export type $defs = Record<string, never>;
export interface operations {
    readonly storeExportFile: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /**
                 * @description Names this call in logs and in the answer. Made by the hub if it is absent or malformed. It has nothing to
                 *     do with the takeout `request_id`.
                 */
                readonly "X-Request-Id"?: components["parameters"]["XRequestId"];
                /** @description The SHA-256 of the body (RFC 9530). */
                readonly "Content-Digest": string;
            };
            readonly path: {
                /** @description The export, as the hub named it when the portal submitted it. */
                readonly job_id: components["parameters"]["JobId"];
                /** @description The service that gave the file. */
                readonly service: components["schemas"]["ServiceName"];
                /** @description The name that the service gave the file, percent-encoded. */
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
            /** @description Kept, whole. */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly finishExport: {
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
                /** @description The export, as the hub named it when the portal submitted it. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["FinishExportRequest"];
            };
        };
        readonly responses: {
            /** @description Noted. */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 408: components["responses"]["ProblemRequestTimeout"];
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
    readonly notifyExport: {
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
                /** @description The export, as the hub named it when the portal submitted it. */
                readonly job_id: components["parameters"]["JobId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The user is being told. */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            readonly 404: components["responses"]["ProblemNotFound"];
            readonly 405: components["responses"]["ProblemMethodNotAllowed"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
}
