import type { Dispatcher } from "undici";

type Dispatch = Dispatcher["dispatch"];

/** What a request may bear beside undici's own options. */
export interface AskedOptions {
  readonly maySend?: () => boolean;
}

/** The request was not written, for it was not to be sent any more. */
class NotSentError extends Error {
  readonly code = "not_sent";
}

/**
 * Asks `maySend` of a request in the moment in which it would be written to its connection. Any earlier is too
 * early: between the decision to send and the connection being there a process may stand still for a minute.
 */
export function askBeforeSending(dispatch: Dispatch): Dispatch {
  return (options, handler) => {
    const { maySend } = options as AskedOptions;
    return dispatch(options, maySend ? asking(handler, maySend) : handler);
  };
}

function asking(
  handler: Dispatcher.DispatchHandler,
  maySend: () => boolean,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      if (!maySend()) controller.abort(new NotSentError("too late to be sent"));
    },
    onRequestUpgrade: (...told) => handler.onRequestUpgrade?.(...told),
    onResponseStart: (...told) => handler.onResponseStart?.(...told),
    onResponseData: (...told) => handler.onResponseData?.(...told),
    onResponseEnd: (...told) => handler.onResponseEnd?.(...told),
    onResponseError: (...told) => handler.onResponseError?.(...told),
  };
}
