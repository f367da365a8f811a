/**
 * The configuration cannot be used; the process exits with 78.
 * Its message is every fault, one a line, and bears no secret.
 */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}
