#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { messageOf, UsageError } from '../services/core/index.ts';
import { connect, runEntryPoint } from './entry-point.ts';
import { databaseEnvironment, readEnvironment } from './environment.ts';
import { KNOWN_PASSWORD } from './seed/known-password.ts';
import { seed } from './seed/seed.ts';

const USAGE = 'usage: node monolith/seed.ts [--users 20000] [--malformed 0] [--json]';
const MAX_USERS = 2_000_000;

const main = async (): Promise<void> => {
  const options = readOptions();
  const env = readEnvironment(z.object(databaseEnvironment), process.env);
  const { client, db } = await connect({ uri: env.MONGODB_URI, database: env.MONGODB_DATABASE });
  try {
    const startedAtMs = performance.now();
    const seeded = await seed(db, options);
    const answer = { ...seeded, password: KNOWN_PASSWORD, ms: Math.round(performance.now() - startedAtMs) };
    process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : textOf(answer, env.MONGODB_DATABASE));
  } finally {
    await client.close();
  }
};

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        users: { type: 'string', default: '20000' },
        malformed: { type: 'string', default: '0' },
        json: { type: 'boolean', default: false },
      },
    });
    const { users, malformed, json } = values;
    return { users: countOf('users', users), malformed: countOf('malformed', malformed), json };
  } catch (cause) {
    throw new UsageError(`${messageOf(cause)}\n${USAGE}`, { cause });
  }
};

const countOf = (option: string, value: string): number => {
  if (/^\d{1,7}$/.test(value) && Number(value) <= MAX_USERS) return Number(value);
  throw new UsageError(`--${option} takes a whole number from 0 to ${MAX_USERS}, not ${value}`);
};

const textOf = (
  {
    users,
    malformed,
    follows,
    yubls,
    password,
    ms,
  }: Awaited<ReturnType<typeof seed>> & {
    password: string;
    ms: number;
  },
  database: string,
): string =>
  [
    `seeded ${database} in ${ms} ms:`,
    `  users      ${users} (each signs in with the password ${password})`,
    `  malformed  ${malformed}`,
    `  follows    ${follows}`,
    `  yubls      ${yubls}`,
    '',
  ].join('\n');

await runEntryPoint(main);
