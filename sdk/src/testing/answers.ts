/** Whether an answer that is no success ends it: what else a service may say is asked for again. Source: contract section 7. */
export function isFinal({ status }: Response): boolean {
  return status >= 300 && status < 500 && ![408, 425, 429].includes(status);
}
