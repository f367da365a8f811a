/** An option of a command: a flag, or with `value` (a word for the help) one that takes a text. */
export interface Option {
  readonly value?: string;
  readonly help: string;
}

type Options = Readonly<Record<string, Option>>;

/** What was given on the command line, by the options' names, and the operand where the command takes one. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name] extends { value: string } ? string : boolean;
} & { readonly operand?: string };

/** One command of `npm run takeout --`. */
export interface Command<Given = Readonly<Record<string, string | boolean | undefined>>> {
  /** Its words, as they are typed. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly options: Options;
  /** What it is about, as a word for the help; the one thing that is given without an option's name. */
  readonly operand?: string;
  /** More lines for its own help. */
  readonly notes?: readonly string[];
  /** Resolves when it is done; heavy modules are imported here, so that the other commands start fast. */
  readonly run: (values: Given) => Promise<void>;
}

/** Lets `run` know which options there are; the parser, which reads the same options, sees that it is so. */
export function defineCommand<const O extends Options>(
  command: Command<Values<O>> & { readonly options: O },
): Command {
  return command as Command;
}

/** Exit codes. Source: sysexits.h; 78 is contract section 12. */
export const exitCodes = {
  usage: 64,
  noInput: 66,
  unavailable: 69,
  software: 70,
  cannotCreate: 73,
  output: 74,
  configuration: 78,
} as const;

/** Ends the process with a message and without a stack: the fault lies in what was asked for. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
