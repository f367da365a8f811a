/**
 * Flags of Node for the hub, unless NODE_OPTIONS says otherwise. Under load, calls and transactions under way outlive a young
 * generation of the default size: they are copied twice and moved to the old one, at a tenth of the hub's processor time. It
 * grows beyond the lower size, in MB, only while much survives; an export, where little does, keeps to that.
 */
export const hubFlags = /semi-space-size/.test(process.env.NODE_OPTIONS ?? "")
  ? []
  : ["--min-semi-space-size=32", "--max-semi-space-size=64"];
