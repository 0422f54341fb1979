import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Db } from 'mongodb';
import { freshDatabase, mongoUri } from '../../support/engines.ts';

jest.setTimeout(30_000);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let database: { db: Db; drop(): Promise<void> };
let env: { [name: string]: string };
const running: ChildProcess[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  env = { MONGODB_URI: mongoUri(), MONGODB_DATABASE: database.db.databaseName };
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => database?.drop());

const start = (script: string, args: string[], variables: { [name: string]: string | undefined }) => {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [script, ...args], { env: { PATH, ...variables } });
  running.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended: Promise<Ended> = once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  return { child, ended };
};

const firstLine = async ({ child, ended }: ReturnType<typeof start>): Promise<string> => {
  if (!child.stdout) throw new Error('the process has no stdout');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`the process ended without a line: ${JSON.stringify(await ended)}`);
};

describe('the server', () => {
  it('takes a free port, prints its address, answers, and ends well on SIGTERM', async () => {
    const server = start('monolith/app/server.ts', [], { ...env, PORT: '0' });
    const line = await firstLine(server);
    const [, url] = /^monolith listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
    expect((await fetch(`${url}/health`)).status).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('logs no access unless it is asked to', async () => {
    const outputs: string[] = [];
    for (const LOG_LEVEL of [undefined, 'info']) {
      const server = start('monolith/app/server.ts', [], {
        ...env,
        PORT: '0',
        ...(LOG_LEVEL ? { LOG_LEVEL } : {}),
      });
      const url = (await firstLine(server)).split(' ').at(-1);
      await (await fetch(`${url}/users/nobody?secret=1`)).text();
      server.child.kill('SIGTERM');
      outputs.push((await server.ended).stdout);
    }
    expect(outputs[0]?.trim().split('\n')).toHaveLength(1);
    expect(outputs[1]).toContain('"path":"/users/nobody","status":404');
    expect(outputs[1]).toMatch(/"traceId":"[0-9a-f]{32}"/);
    expect(outputs[1]).not.toContain('secret');
  });

  it('lists everything that is wrong with its environment and exits with 2', async () => {
    const server = start('monolith/app/server.ts', [], {
      MONGODB_URI: 'localhost:27017',
      PORT: '99999',
      LOG_LEVEL: 'loud',
    });
    const { code, stderr } = await server.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: the environment has 4 problem\(s\):\n/);
    for (const name of ['MONGODB_URI', 'MONGODB_DATABASE', 'PORT', 'LOG_LEVEL']) {
      expect(stderr).toContain(`\n  ${name}: `);
    }
    expect(stderr).not.toContain('    at ');
  });

  it('says which engine is down, without its password, and exits with 3', async () => {
    const MONGODB_URI = 'mongodb://root:secret@127.0.0.1:1/';
    const { code, stderr } = await start('monolith/app/server.ts', [], { ...env, MONGODB_URI }).ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: MongoDB does not answer at mongodb:\/\/127\.0\.0\.1:1\//);
    expect(stderr).not.toContain('secret');
  });

  it('says that its port is taken and exits with 2', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const PORT = String(typeof address === 'object' && address?.port);
    const { code, stderr } = await start('monolith/app/server.ts', [], { ...env, PORT }).ended;
    other.close();
    expect(code).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${PORT} is taken: set HOST or PORT`);
  });
});

describe('the worker', () => {
  it('logs its work and ends well on SIGTERM while it waits', async () => {
    const worker = start('monolith/worker/main.ts', [], env);
    expect(await firstLine(worker)).toContain('deletions finished');
    worker.child.kill('SIGTERM');
    const { code, stdout } = await worker.ended;
    expect(code).toBe(0);
    for (const job of ['follows reconciled', 'digest of the day']) expect(stdout).toContain(job);
  });
});

describe('the seed', () => {
  it('fills an empty database with users of before the outbox, whose password is known', async () => {
    const seeding = start('monolith/seed.ts', ['--users', '2000', '--malformed', '3', '--json'], env);
    const { code, stdout } = await seeding.ended;
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ users: 2_000, malformed: 3, yubls: 300 });
    const { db } = database;
    expect(await db.collection('users').countDocuments({ _banyan: { $exists: false } })).toBe(2_003);
    expect(await db.collection('outbox').countDocuments()).toBe(0);
    expect(await db.collection('follows').countDocuments()).toBe(answer.follows);
    expect(await db.collection('users').countDocuments({ firstName: 42 })).toBe(1);

    const server = start('monolith/app/server.ts', [], { ...env, PORT: '0' });
    const url = (await firstLine(server)).split(' ').at(-1);
    const user = await db.collection('users').findOne({ followerCount: 200 });
    const signedIn = await fetch(`${url}/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: user?.username, password: answer.password }),
    });
    expect(signedIn.status).toBe(201);
    expect(await signedIn.json()).toMatchObject({ userId: user?._id.toHexString() });
  });

  it('leaves a database with users alone and exits with 2', async () => {
    await database.db.collection('users').updateOne({}, { $set: { username: 'me' } }, { upsert: true });
    const before = await database.db.collection('users').countDocuments();
    const { code, stderr } = await start('monolith/seed.ts', ['--users', '10'], env).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('has users already');
    expect(await database.db.collection('users').countDocuments()).toBe(before);
  });

  it.each([[['--users', 'many']], [['--users', '-1']], [['--user', '5']], [['5']]])(
    'answers %j with its usage and exits with 2',
    async (args) => {
      const { code, stderr } = await start('monolith/seed.ts', args, env).ended;
      expect(code).toBe(2);
      expect(stderr).toContain('usage: node monolith/seed.ts');
      expect(stderr).not.toContain('    at ');
    },
  );
});
