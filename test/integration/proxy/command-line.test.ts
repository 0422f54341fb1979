import { type ChildProcess, spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { bucketOf } from '../../../proxy/index.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { fromOf, send, startUpstream, type Upstream } from '../../support/proxy-world.ts';

const MAIN = join(import.meta.dirname, '../../../migrations/cli/main.ts');
const CONFIG = join(import.meta.dirname, '../../support/canary.config.ts');

// Each command is a process that loads the SDKs.
jest.setTimeout(120_000);

describe('the command line', () => {
  const aws = freshAws();
  const client = new DynamoDBClient(aws);
  const children: ChildProcess[] = [];
  let env: { [name: string]: string | undefined };
  let control: Upstream;
  let candidate: Upstream;
  beforeAll(async () => {
    [control, candidate] = await Promise.all([startUpstream('control'), startUpstream('candidate')]);
    env = {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      CONTROL_URL: control.url,
      CANDIDATE_URL: candidate.url,
    };
  });
  beforeEach(async () => {
    env.BANYAN_CONTROL_TABLE = await createTable(client, { partition: 'pk', sort: 'sk' });
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    client.destroy();
    await Promise.all([control.close(), candidate.close()]);
  });

  const start = (args: readonly string[], stdin: 'pipe' | 'ignore' = 'ignore') => {
    const child = spawn(process.execPath, [MAIN, '--config', CONFIG, ...args], {
      env,
      stdio: [stdin, 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  };
  const banyan = async (args: string, input?: string) => {
    const child = start(args.split(' '), input === undefined ? 'ignore' : 'pipe');
    child.stdin?.end(input);
    if (!child.stdout || !child.stderr) throw new Error('no pipes');
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return {
      code,
      stdout,
      stderr,
      answers: () =>
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
    };
  };

  it('turns the dial in DynamoDB, asks for consent, and knows who did it', async () => {
    expect(await banyan('canary set profiles 5')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('profiles: 0 % → 5 % needs somebody'),
    });
    expect(await banyan('canary set profiles 12.34 --why first --yes')).toMatchObject({
      code: 0,
      stdout: `profiles: 0 % → 12.34 % (by ${userInfo().username})\n`,
    });
    expect((await banyan('--json canary history profiles')).answers()).toMatchObject([
      { route: 'profiles', fromPercent: 0, toPercent: 12.34, by: userInfo().username, why: 'first' },
    ]);
  });

  it('says who of the keys on stdin would move', async () => {
    const users = Array.from({ length: 200 }, (_, at) => `u${at}`);
    const preview = await banyan('--json canary preview profiles --to 25', `${users.join('\n')}\n\n`);
    const moving = users.filter((id) => bucketOf('profiles', id) < 2_500);
    expect(preview.answers()).toMatchObject([
      { fromPercent: 0, keys: 200, toCandidate: moving, toControl: [] },
    ]);
  });

  it('runs the proxy, which follows the dial, until it is told to stop', async () => {
    const child = start(['--json', 'proxy', '--port', '0', '--admin-port', '0']);
    if (!child.stdout) throw new Error('no pipe');
    const lines: { [field: string]: unknown }[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
    await eventually(
      () => expect(lines[0]).toMatchObject({ routes: ['profiles', 'search', 'names'] }),
      60_000,
    );
    const address = String(lines[0]?.address);
    const get = () => send(address, { path: '/profiles/7', headers: { 'x-user-id': 'u1' } });
    expect(fromOf((await get()).body)).toBe('control');
    await banyan('canary set profiles 100 --yes');
    const setMs = performance.now();
    await eventually(async () => expect(fromOf((await get()).body)).toBe('candidate'));
    expect(performance.now() - setMs).toBeLessThan(2_000);
    expect(await (await fetch(`${lines[0]?.adminAddress}/metrics`)).text()).toContain(
      'banyan_proxy_requests_total',
    );
    await send(address, { path: '/names/7' });
    const shadow = await eventually(async () => {
      const shown = await banyan(`canary shadow names --admin ${lines[0]?.adminAddress}`);
      expect(shown.stdout).toContain('names: 1 of 1 compared answers differ');
      return shown;
    }, 60_000);
    expect(shadow.stdout).toContain('body.from  differed 1 times, in the control itself 0');
    expect(shadow.stdout).toContain('value: "aaaaaaa" → "aaaaaaaaa"');
    expect(await banyan(`canary shadow search --admin ${lines[0]?.adminAddress}`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('search is not shadowed: give the route shadow: { percent: … }'),
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(lines).toContainEqual(
      expect.objectContaining({ route: 'profiles', side: 'candidate', status: 200 }),
    );
  });
});
