import { basename, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { type Answers, checkFramework, checkName, readCategory, UsageError } from "./answers.ts";
import type { CommandLine } from "./command-line.ts";
import { frameworkNames } from "./frameworks.ts";

interface Question<T> {
  ask: string;
  default: string;
  read(text: string): T;
}

type Questions = { readonly [K in keyof Answers]: Question<Answers[K]> };

function questionsFor(folder: string | undefined): Questions {
  const named = folder === undefined ? "" : basename(resolve(folder)).toLowerCase();
  return {
    name: {
      ask: "The service's name in the hub's configuration",
      default: /^[a-z][a-z0-9_-]{0,62}$/.test(named) ? named : "my-service",
      read: checkName,
    },
    framework: {
      ask: `Framework (${frameworkNames.join(", ")})`,
      default: "hono",
      read: checkFramework,
    },
    category: {
      ask: "First category of data, as NAME or NAME=ID",
      default: "favorites",
      read: readCategory,
    },
  };
}

/** Where questions are put. */
export interface Terminal {
  input: Readable;
  output: Writable;
}

/**
 * Completes the answers: by asking, or with the defaults where nothing is to be asked.
 * @throws UsageError when there is something to ask and nobody answers.
 */
export async function completeAnswers(
  { folder, answers, isSilent }: CommandLine,
  terminal: Terminal | undefined,
): Promise<Answers> {
  const questions = questionsFor(folder);
  const open = (Object.keys(questions) as (keyof Answers)[]).filter((key) => !answers[key]);
  if (open.length === 0 || isSilent) {
    return fill(questions, answers, async (question) => question.read(question.default));
  }
  if (!terminal) {
    const flags = open.map((key) => `--${key}`).join(", ");
    throw new UsageError(`nobody is there to be asked: give ${flags}, or --yes for the defaults`);
  }
  const lines = createInterface(terminal);
  const over = new AbortController();
  lines.once("close", () => over.abort());
  try {
    return await fill(questions, answers, (question) =>
      ask(question, lines, terminal, over.signal),
    );
  } finally {
    lines.close();
  }
}

async function fill(
  questions: Questions,
  given: Partial<Answers>,
  answer: <T>(question: Question<T>) => Promise<T>,
): Promise<Answers> {
  const name = given.name ?? (await answer(questions.name));
  const framework = given.framework ?? (await answer(questions.framework));
  const category = given.category ?? (await answer(questions.category));
  return { name, framework, category };
}

/** Until the answer can be used. */
async function ask<T>(
  question: Question<T>,
  lines: Interface,
  { output }: Terminal,
  over: AbortSignal,
): Promise<T> {
  for (;;) {
    const text = await lines
      .question(`${question.ask} [${question.default}]: `, { signal: over })
      .catch(() => {
        throw new UsageError("broken off: nothing was made");
      });
    try {
      return question.read(text.trim() || question.default);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      output.write(`${error.message.replace(/^--\w+ /, "")}\n`);
    }
  }
}
