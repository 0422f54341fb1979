import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
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

  it('says that the control store is away where it takes a connection and never answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const answering = env.AWS_ENDPOINT_URL;
    env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
    const { code, stderr } = await banyan('canary rollback profiles');
    env.AWS_ENDPOINT_URL = answering;
    silent.close();
    expect(stderr).toContain('DynamoDB does not answer at ');
    expect(code).toBe(3);
  });

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
    expect(await banyan('canary preview search --to 25', 'user-1')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('search knows its users by credentials alone'),
    });
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
    await eventually(async () => expect(fromOf((await get()).body)).toBe('candidate'));
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

  it('shares its address among workers that look like one proxy, replaces one that dies, and drains them all', async () => {
    const child = start(['--json', 'proxy', '--port', '0', '--admin-port', '0', '--workers', '2']);
    if (!child.stdout) throw new Error('no pipe');
    const lines: { [field: string]: unknown }[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
    const started = await eventually(() => {
      const found = lines.find((line) => 'adminAddress' in line);
      expect(found).toMatchObject({ workers: 2 });
      return found;
    }, 60_000);
    const address = String(started?.address);
    const get = (path: string) => send(address, { path, headers: { 'x-user-id': 'u1' } });
    const admin = async (path: string) => (await fetch(`${started?.adminAddress}${path}`)).text();
    const counted = async () => {
      const readings = JSON.parse(await admin('/readings')) as {
        profiles: { control: { requests: number } };
      };
      return readings.profiles.control.requests;
    };
    for (let at = 0; at < 8; at++) await get('/profiles/7');
    await eventually(async () => expect(await counted()).toBe(8));
    const metrics = await admin('/metrics');
    expect(metrics).toContain('banyan_proxy_requests_total{route="profiles",side="control",outcome="ok"} 8');
    expect(metrics).toContain('banyan_proxy_weight_percent{route="profiles"} 0');
    expect(metrics).toContain('banyan_proxy_workers 2');
    const workers = () => childrenOf(child.pid);
    const [first, second] = workers();
    process.kill(Number(first), 'SIGKILL');
    await eventually(async () => {
      expect(workers()).toEqual([second, expect.not.stringMatching(`^${first}$`)]);
      expect(await admin('/metrics')).toContain('banyan_proxy_workers 2');
    }, 60_000);
    for (let at = 0; at < 4; at++) expect((await get('/profiles/7')).status).toBe(200);
    // What the dead one had counted is not lost.
    await eventually(async () => expect(await counted()).toBe(12));
    let finish: (() => void) | undefined;
    const plain = control.answer;
    control.answer = (req, res) => {
      if (req.url !== '/slow') plain(req, res);
      else finish = () => res.end('done');
    };
    const slow = get('/slow');
    await eventually(() => expect(finish).toBeDefined());
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGTERM');
    await eventually(() => expect(get('/elsewhere')).rejects.toThrow());
    finish?.();
    expect(await slow).toMatchObject({ status: 200, body: 'done' });
    expect(await ended).toBe(0);
    control.answer = plain;
  });

  it('says with workers, too, that its address is taken', async () => {
    const taken = new URL(control.url).port;
    const refused = await banyan(`proxy --port ${taken} --admin-port 0 --workers 2`);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`${taken} is taken`) });
  });

  it('carries a ramp out within the proxy, shows it, and obeys', async () => {
    const child = start(['--json', 'proxy', '--port', '0', '--admin-port', '0', '--no-access-log']);
    if (!child.stdout) throw new Error('no pipe');
    const lines: { [field: string]: unknown }[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
    await eventually(() => expect(lines[0]?.address).toEqual(expect.any(String)), 60_000);
    expect(await banyan('canary ramp start profiles --yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('profiles has no ramp plan: give the route'),
    });
    expect(await banyan('canary ramp start profiles --plan quick')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'profiles: from 0 % by quick, 50 % until resumed, 100 % for 1 h 0 min needs',
      ),
    });
    expect(await banyan('canary ramp start profiles --plan quick --why night --yes')).toMatchObject({
      code: 0,
    });
    const visiting = new AbortController();
    const visits = (async () => {
      for (let at = 0; !visiting.signal.aborted; at++)
        await send(String(lines[0]?.address), {
          path: '/profiles/7',
          headers: { 'x-user-id': `u${at % 50}` },
        }).catch(() => undefined);
    })();
    const status = async () => (await banyan('--json canary ramp status profiles')).answers()[0];
    await eventually(
      async () => expect(await status()).toMatchObject({ weightPercent: 50, happened: { phase: 'waiting' } }),
      60_000,
    );
    const watched = await banyan('canary watch profiles --once');
    expect(watched.stdout).toContain('profiles  50 % on 1 instance');
    expect(watched.stdout).toContain('profiles: ramp waiting at 50 %, step 1 of 2, since');
    expect(await banyan('canary ramp resume profiles')).toMatchObject({
      code: 0,
      stdout: 'profiles goes on from 50 %\n',
    });
    await eventually(async () => expect(await status()).toMatchObject({ weightPercent: 100 }), 60_000);
    expect(await banyan('canary rollback profiles')).toMatchObject({ code: 0 });
    await eventually(
      async () => expect(await status()).toMatchObject({ happened: { phase: 'rolled-back' } }),
      60_000,
    );
    const past = (await banyan('--json canary history profiles')).answers();
    expect(past.map(({ event, toPercent }) => event ?? toPercent)).toEqual([
      ...['rolled-back', 0, 100, 'resumed', 'waiting', 50, 'started'],
    ]);
    visiting.abort();
    await visits;
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

/** The processes that one has started. */
const childrenOf = (pid: number | undefined): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
