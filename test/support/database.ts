import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { inject } from "vitest";
import { templateName } from "./postgres-setup.ts";

export interface TestDatabase extends AsyncDisposable {
  url: string;
  drop(): Promise<void>;
}

const cloneAttempts = 100;

/** A fresh migrated database; one per test file is meant. `drop` ends whatever is still connected. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await clone(name);
  const url = new URL(inject("adminUrl"));
  url.pathname = name;
  const drop = () => runAsAdmin(`drop database if exists ${name} with (force)`);
  return { url: url.href, drop, [Symbol.asyncDispose]: drop };
}

/** PostgreSQL clones only a template that nobody is connected to, another clone included. */
async function clone(name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runAsAdmin(`create database ${name} template ${templateName}`);
      return;
    } catch (error) {
      const isBusy = /is being accessed by other users/.test(String(error));
      if (!isBusy || attempt === cloneAttempts) throw error;
      await pause(50);
    }
  }
}

async function runAsAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("adminUrl") });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
