import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { type ListenerRule, startListenerRule } from '../../support/listener-rule.ts';
import { startBanyan } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../support/canary.config.ts');
const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
const [control, candidate] = [arn('targetgroup/monolith/1'), arn('targetgroup/profiles/2')];

// Each command is a process that loads the SDKs.
jest.setTimeout(120_000);

describe('the dial of a load balancer', () => {
  const aws = freshAws();
  const client = new DynamoDBClient(aws);
  let rule: ListenerRule;
  let env: { readonly [name: string]: string };
  beforeAll(async () => {
    rule = await startListenerRule({ [control]: 1, [candidate]: 0 });
    env = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: rule.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      BANYAN_CONTROL_TABLE: await createTable(client, { partition: 'pk', sort: 'sk' }),
      LISTENER_RULE: arn('listener-rule/app/web/a/b/c'),
      CONTROL_TARGETS: control,
      CANDIDATE_TARGETS: candidate,
    };
  });
  afterAll(() => {
    rule.close();
    client.destroy();
  });
  const canary = (args: string) =>
    startBanyan({ config: CONFIG, args: ['canary', ...args.split(' '), '--dial', 'alb'], env }).ended;

  it('is turned, read, remembered and rolled back like any other', async () => {
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
    expect(await canary('set web 0.01 --yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the nearest it can is'),
    });
    expect(await canary('set profiles 5 --yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no route "profiles": known: web'),
    });
    expect(rule.weights).toEqual({ [control]: 100, [candidate]: 0 });
  });
});
