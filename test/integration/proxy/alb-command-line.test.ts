import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { type ListenerRule, startListenerRule } from '../../support/listener-rule.ts';
import { type LoadBalancerMetrics, startLoadBalancerMetrics } from '../../support/load-balancer-metrics.ts';
import { type Running, startBanyan, type Variables } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../support/alb.config.ts');
const HURRY = join(import.meta.dirname, '../../support/hurry.ts');
const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
const [control, candidate] = [arn('targetgroup/monolith/1'), arn('targetgroup/profiles/2')];

// Each command is a process that loads the SDKs.
jest.setTimeout(300_000);
const SOON_MS = 240_000;

describe('the dial of a load balancer, without a proxy', () => {
  const aws = freshAws();
  const client = new DynamoDBClient(aws);
  const started: Running[] = [];
  let rule: ListenerRule;
  let metrics: LoadBalancerMetrics;
  let hook: Server;
  let told: { readonly [field: string]: unknown }[];
  let env: Variables;
  beforeEach(async () => {
    rule = await startListenerRule({ [control]: 1, [candidate]: 0 });
    metrics = await startLoadBalancerMetrics();
    told = [];
    hook = createServer(async (req, res) => {
      told.push((await json(req)) as { [field: string]: unknown });
      res.end();
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    env = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: rule.endpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH: metrics.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      BANYAN_CONTROL_TABLE: await createTable(client, { partition: 'pk', sort: 'sk' }),
      LISTENER_RULE: arn('listener-rule/app/web/a/b/c'),
      CONTROL_TARGETS: control,
      CANDIDATE_TARGETS: candidate,
      HOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}`,
      HOOK_SECRET: 'a secret of the tests',
    };
  });
  afterEach(() => {
    for (const { child } of started.splice(0)) child.kill('SIGKILL');
    rule.close();
    metrics.close();
    hook.close();
    hook.closeAllConnections();
  });
  afterAll(() => client.destroy());

  const start = (args: string, more: Variables = {}): Running => {
    const running = startBanyan({
      config: CONFIG,
      args: ['canary', ...args.split(' ')],
      env: { ...env, ...more },
    });
    started.push(running);
    return running;
  };
  const canary = (args: string) => start(`${args} --dial alb`).ended;

  it('is turned, read, previewed, remembered and rolled back like any other', async () => {
    expect(await canary('preview web --to 12.5')).toMatchObject({
      code: 0,
      answers: [
        { fromPercent: 0, toPercent: 12.5, movingPercent: 12.5, weights: { control: 875, candidate: 125 } },
      ],
    });
    expect(rule.written).toEqual([]);
    expect(await canary('set web 5 --why first --yes')).toMatchObject({
      code: 0,
      answers: [{ route: 'web', fromPercent: 0, toPercent: 5, changed: true }],
    });
    expect(rule.weights).toEqual({ [control]: 95, [candidate]: 5 });
    expect((await canary('get web')).answers).toMatchObject([{ weightPercent: 5, why: 'first' }]);
    expect(await canary('rollback web')).toMatchObject({ code: 0 });
    expect(rule.weights).toEqual({ [control]: 100, [candidate]: 0 });
    expect((await canary('history web')).answers).toMatchObject([{ toPercent: 0 }, { toPercent: 5 }]);
  });

  it('says what cannot be had, and changes nothing', async () => {
    const refused = { code: 2, stderr: expect.stringContaining('the nearest it can is') };
    expect(await canary('set web 0.01 --yes')).toMatchObject(refused);
    expect(await canary('preview web --to 0.01')).toMatchObject(refused);
    expect(await canary('set profiles 5 --yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no route "profiles": known: web'),
    });
    expect(await start('pin web u1 --side control').ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a load balancer draws a side for each request'),
    });
    expect(await start('get').ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the configuration has no `proxy`, but an `alb`: give --dial alb'),
    });
    expect(rule.written).toEqual([]);
  });

  it('goes up step by step by a ramp, and back by itself when its candidate fails', async () => {
    expect(await canary('ramp start web --why tonight --yes')).toMatchObject({ code: 0 });
    expect((await canary('watch web --once')).answers).toMatchObject([
      { dial: 'alb', weightPercent: 0, ramp: { phase: 'running' } },
    ]);
    const running = start('ramp run --dial alb', {
      NODE_OPTIONS: `--import=${HURRY}`,
      BANYAN_TEST_HURRY: '30',
    });
    await eventually(
      () =>
        expect(rule.written).toEqual([
          { [control]: 90, [candidate]: 10 },
          { [control]: 50, [candidate]: 50 },
        ]),
      SOON_MS,
    );
    metrics.failing = 40;
    await eventually(() => expect(rule.weights).toEqual({ [control]: 100, [candidate]: 0 }), SOON_MS);
    expect(rule.written).toHaveLength(3);
    expect(new Set(metrics.asked)).toEqual(new Set(['GetMetricData']));
    await eventually(() =>
      expect(told).toMatchObject([
        { type: 'ramp.advanced', route: 'web', toPercent: 10 },
        { type: 'ramp.advanced', route: 'web', fromPercent: 10, toPercent: 50 },
        { type: 'ramp.rolled-back', route: 'web', fromPercent: 50, why: expect.stringContaining('failed') },
      ]),
    );
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
    expect((await canary('ramp status web')).answers).toMatchObject([
      { weightPercent: 0, happened: { phase: 'rolled-back' } },
    ]);
    const { answers } = await canary('history web');
    expect(answers.map(({ event = 'turned', toPercent }) => [event, toPercent])).toEqual(
      expect.arrayContaining([
        ['turned', 10],
        ['turned', 50],
        ['turned', 0],
        ['started', 0],
        ['rolled-back', 0],
      ]),
    );
  });

  it('takes what an operator orders of a ramp', async () => {
    await canary('ramp start web --yes');
    const again = await canary('ramp start web --yes');
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('ramp abort web --dial alb') });
    for (const action of ['pause', 'abort'])
      expect(await canary(`ramp ${action} web`)).toMatchObject({ code: 0 });
    expect((await canary('ramp status web')).answers).toMatchObject([
      { wanted: { order: { action: 'abort' } } },
    ]);
  });
});
