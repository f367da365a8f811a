import { ConfigurationError } from "./config/configuration-error.ts";
import {
  checkDatabaseUrl,
  checkSecrets,
  checkSettings,
  type Environment,
  linesOf,
  variables,
} from "./config/environment.ts";
import { type ReadConfig, readConfigFile } from "./config/read-config.ts";
import type { Config, Configuration, Secrets } from "./config/types.ts";

/** Where things lie that the project makes for itself, unless `TAKEOUT_DATA` says otherwise. */
const defaultDataFolder = "./data";

/** Reads the variables that are ours and nothing else; it judges none of them. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const set = Object.entries(variables).filter(([, variable]) => env[variable]?.trim());
  return Object.fromEntries(set.map(([field, variable]) => [field, env[variable]]));
}

/**
 * Everything a hub process needs, from the environment and the file that `TAKEOUT_CONFIG` names.
 *
 * @throws ConfigurationError with every fault of both at once.
 */
export function loadConfiguration(env?: NodeJS.ProcessEnv): Configuration {
  const environment = readEnvironment(env);
  const [settings, secrets] = [checkSettings(environment), checkSecrets(environment)];
  const { config, faults } = readConfigOf(environment);
  const all = [...linesOf(settings), ...linesOf(secrets), ...faults];
  if (!settings.value || !secrets.value || !config) throw new ConfigurationError(all);
  return { settings: settings.value, config, secrets: secrets.value };
}

/**
 * The address of the database alone, for a command that needs nothing else.
 *
 * @throws ConfigurationError
 */
export function loadDatabaseUrl(env?: NodeJS.ProcessEnv): string {
  const checked = checkDatabaseUrl(readEnvironment(env));
  if (checked.value === undefined) throw new ConfigurationError(linesOf(checked));
  return checked.value;
}

/** What can be said about a configuration without starting anything. */
export interface Inspection {
  /** There exactly where `fileFaults` is empty. */
  readonly config?: Config;
  readonly fileFaults: readonly string[];
  /** Variables that say something unusable. */
  readonly environmentFaults: readonly string[];
  /** Names of variables that a hub process needs and that are not set. */
  readonly unset: readonly string[];
  /** What the environment says, each where it is sound. */
  readonly databaseUrl?: string;
  readonly secrets?: Secrets;
}

/** Looks at the file and at the environment apart from each other, and throws nothing. */
export function inspectConfiguration(env?: NodeJS.ProcessEnv): Inspection {
  const environment = readEnvironment(env);
  const { config, faults: fileFaults } = readConfigOf(environment);
  const [settings, secrets] = [checkSettings(environment), checkSecrets(environment)];
  const checks = [settings, secrets];
  return {
    ...(config && { config }),
    fileFaults,
    environmentFaults: checks.flatMap(({ faults }) => faults),
    unset: checks.flatMap(({ unset }) => unset),
    ...(settings.value && { databaseUrl: settings.value.databaseUrl }),
    ...(secrets.value && { secrets: secrets.value }),
  };
}

/** The folder for what the project makes for itself; relative to the working directory unless absolute. */
export function dataFolder(env?: NodeJS.ProcessEnv): string {
  return readEnvironment(env).dataFolder ?? defaultDataFolder;
}

function readConfigOf({ configFile }: Environment): ReadConfig {
  return configFile === undefined
    ? { faults: [`${variables.configFile}: is not set`] }
    : readConfigFile(configFile);
}
