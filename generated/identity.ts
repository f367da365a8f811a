// Generated from api/ by scripts/generate.ts. Do not edit.

export interface paths {
    readonly "/v1/identity/resolve": {
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
         * Every identifier of one user
         * @description Answers with all accounts and identifiers of the user. A list that cannot be given in full must be said to be
         *     incomplete: the hub then starts no deletion, because it would miss data. 404 means that only the uid is known.
         */
        readonly post: operations["resolveIdentity"];
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
        readonly IdentityRequest: {
            readonly yandex_uid: components["schemas"]["YandexUid"];
            /**
             * @description Who asked for the deletion.
             * @enum {string}
             */
            readonly origin: "portal" | "admin";
        };
        readonly IdentityAnswer: {
            readonly yandex_uids: components["schemas"]["Accounts"];
            readonly user_ids?: components["schemas"]["IdList"];
            readonly phone_ids?: components["schemas"]["IdList"];
            readonly personal_phone_ids?: components["schemas"]["IdList"];
            readonly personal_email_ids?: components["schemas"]["IdList"];
            /** @description Whether no identifier is left out. */
            readonly complete: boolean;
        };
        readonly Account: {
            readonly uid: components["schemas"]["YandexUid"];
            /** @description Whether this is the account of the portal itself. */
            readonly is_portal: boolean;
        };
        /** @description Every account of the user, the primary one first. */
        readonly Accounts: readonly components["schemas"]["Account"][];
        /** @description 1 to 128 visible ASCII characters. */
        readonly CallId: string;
        /** @description A code of the error table. New codes may be added. */
        readonly ErrorCode: string;
        /** @description Identifiers of one kind. At most 1,000. */
        readonly IdList: readonly string[];
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
        /** @description The user's uid, a decimal number in a string. */
        readonly YandexUid: string;
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
export type IdentityRequest = components['schemas']['IdentityRequest'];
export type IdentityAnswer = components['schemas']['IdentityAnswer'];
export type Account = components['schemas']['Account'];
export type Accounts = components['schemas']['Accounts'];
export type CallId = components['schemas']['CallId'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type IdList = components['schemas']['IdList'];
export type Problem = components['schemas']['Problem'];
export type ProblemEntry = components['schemas']['ProblemEntry'];
export type YandexUid = components['schemas']['YandexUid'];
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
    readonly resolveIdentity: {
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
                readonly "application/json": components["schemas"]["IdentityRequest"];
            };
        };
        readonly responses: {
            /** @description The user's identifiers. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["XRequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["IdentityAnswer"];
                };
            };
            readonly 400: components["responses"]["ProblemBadRequest"];
            readonly 401: components["responses"]["ProblemTicketRefused"];
            readonly 403: components["responses"]["ProblemSourceForbidden"];
            /** @description The user is not known here. The hub goes on with the uid alone. */
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
            readonly 413: components["responses"]["ProblemBodyTooLarge"];
            readonly 415: components["responses"]["ProblemUnsupportedMediaType"];
            readonly 429: components["responses"]["ProblemRateLimited"];
            readonly 500: components["responses"]["ProblemInternalError"];
            readonly 503: components["responses"]["ProblemUnavailable"];
        };
    };
}
