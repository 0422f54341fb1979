import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Role } from '../../../services/admin/person.ts';
import { freshToken, tokenEntry } from '../../../services/admin/tokens.ts';
import { askAdmin } from '../../support/admin-client.ts';
import { DocumentedApi } from '../../support/documented-api.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { type Running, startBanyan, type Variables } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../support/canary.config.ts');

// Each command is a process that loads the SDKs.
jest.setTimeout(60_000);

describe('banyan admin', () => {
  const aws = freshAws();
  const client = new DynamoDBClient(aws);
  const started: Running[] = [];
  let env: Variables;
  beforeAll(async () => {
    env = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      BANYAN_CONTROL_TABLE: await createTable(client, { partition: 'pk', sort: 'sk' }),
    };
  });
  afterEach(() => {
    for (const { child } of started.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => client.destroy());

  const start = (args: string, more: Variables = {}): Running => {
    const running = startBanyan({ config: CONFIG, args: args.split(' '), env: { ...env, ...more } });
    started.push(running);
    return running;
  };
  const made = (role: Role) => {
    const token = freshToken();
    return { token, entry: tokenEntry({ name: 'ada', role }, token) };
  };
  const listening = async ({ child }: Running): Promise<string> => {
    if (!child.stdout) throw new Error('no pipe');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return (JSON.parse(line) as { address: string }).address;
  };

  it('does not start while nobody has a token, and says how to make one', async () => {
    const { code, stderr } = await start('admin --port 0').ended;
    expect(code).toBe(2);
    expect(stderr).toContain('`banyan admin token NAME --role operator` makes one');
    const broken = await start('admin --port 0', { BANYAN_ADMIN_TOKENS: 'hunter2' }).ended;
    expect(broken.code).toBe(2);
    expect(broken.stderr).toMatch(/admin token 1 is not ROLE:NAME:SHA-256/);
    expect(broken.stderr).not.toContain('hunter2');
    const lost = await start('admin --port 0', { BANYAN_ADMIN_TOKENS_FILE: '/none/here' }).ended;
    expect(lost.code).toBe(2);
    expect(lost.stderr).toContain('admin.tokensFile cannot be read');
  });

  it('makes a token once, and lets its bearer in by what is stored of it', async () => {
    const { answers } = await start('admin token ada --role operator').ended;
    const { token, entry } = answers[0] as { token: string; entry: string };
    expect(entry).toBe(tokenEntry({ name: 'ada', role: 'operator' }, token));
    const folder = await mkdtemp(join(tmpdir(), 'banyan-tokens-'));
    const file = join(folder, 'tokens');
    await writeFile(file, `# operators\n${entry}\n`);
    const address = await listening(start('admin --port 0', { BANYAN_ADMIN_TOKENS_FILE: file }));
    await rm(folder, { recursive: true });
    expect((await askAdmin(address, { path: '/api/v1/me', token })).json).toEqual({
      name: 'ada',
      role: 'operator',
    });
    expect(await askAdmin(address, { path: '/api/v1/me' })).toMatchObject({ status: 401 });
    const { json } = await askAdmin(address, { path: '/api/v1/canary', token });
    expect(json).toMatchObject({
      canaries: [{ route: 'profiles', revision: 0 }, { route: 'search' }, { route: 'names' }],
    });
    const unknown = await askAdmin(address, { path: '/api/v1/canary/constructor', token });
    expect(unknown).toMatchObject({ status: 404, json: { error: { code: 'not-found' } } });
    expect(await askAdmin(address, { path: '/api/v1/backfills/constructor', token })).toMatchObject({
      status: 404,
    });
  });

  it('warns whoever lets others reach it, and is known there by the names of the configuration alone', async () => {
    const { token, entry } = made('viewer');
    const running = start('admin --port 0 --host 0.0.0.0', { BANYAN_ADMIN_TOKENS: entry });
    const { port } = new URL(await listening(running));
    const ask = (host: string) =>
      askAdmin(`http://127.0.0.1:${port}`, { path: '/api/v1/me', token, headers: { host } });
    expect((await ask('admin.example.com')).status).toBe(200);
    expect(await ask('other.example.com')).toMatchObject({
      status: 403,
      json: { error: { code: 'wrong-host' } },
    });
    running.child.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    expect(code).toBe(0);
    expect(stderr).toContain('put TLS before it');
  });

  it('says that the control store is away, and goes on', async () => {
    const { token, entry } = made('viewer');
    const away = {
      BANYAN_ADMIN_TOKENS: entry,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_MAX_ATTEMPTS: '1',
    };
    const address = await listening(start('admin --port 0', away));
    expect(await askAdmin(address, { path: '/api/v1/canary', token })).toMatchObject({
      status: 503,
      json: { error: { code: 'unavailable', message: expect.stringContaining('DynamoDB does not answer') } },
    });
    expect((await askAdmin(address, { path: '/api/v1/me', token })).status).toBe(200);
  });

  it('prints a document that follows OpenAPI, without a token or an engine', async () => {
    const { code, answers } = await start('admin --openapi', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })
      .ended;
    expect(code).toBe(0);
    const api = new DocumentedApi(answers[0] ?? {});
    expect(await api.problems()).toBeUndefined();
    expect(api.operations.map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining([
        'whoAmI',
        'pauseBackfill',
        'watchBackfill',
        'setCanaryWeight',
        'rollbackCanary',
      ]),
    );
    expect(new Set(api.operations.map(({ operationId }) => operationId)).size).toBe(api.operations.length);
  });
});
