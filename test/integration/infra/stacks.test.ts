import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { banyanApp } from '../../../infra/banyan-app.ts';

const STATEFUL = ['AWS::DynamoDB::Table', 'AWS::Kinesis::Stream', 'AWS::S3::Bucket'];

/** The same feature flags as the CDK CLI gives; the functions' code is not bundled here. */
const appForTest = (context: object = {}): App =>
  banyanApp({
    context: {
      ...(JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: object }).context,
      'aws:cdk:bundling-stacks': [],
      ...context,
    },
  });

describe('the stacks', () => {
  const templates = new Map<string, Template>();
  const template = (name: string): Template => {
    const found = templates.get(name);
    if (!found) throw new Error(`there is no stack ${name}`);
    return found;
  };

  beforeAll(() => {
    const app = appForTest();
    app.synth();
    for (const stack of app.node.children) {
      if (stack instanceof Stack) templates.set(stack.stackName, Template.fromStack(stack));
    }
  }, 60_000);

  it('are refused by cdk-nag when something in them is not acknowledged', () => {
    const app = appForTest();
    new Bucket(new Stack(app, 'Careless'), 'Open');
    expect(() => app.synth()).toThrow(/AwsSolutions-S1\b/);
  });

  it('keep data apart from code', () => {
    for (const [name, it] of templates) {
      const types = Object.values(it.toJSON().Resources as { [id: string]: { Type: string } }).map(
        (r) => r.Type,
      );
      const stateful = types.some((type) => STATEFUL.includes(type));
      expect({ name, both: stateful && types.includes('AWS::Lambda::Function') }).toEqual({
        name,
        both: false,
      });
    }
  });

  it('retain every table, stream and bucket', () => {
    const all = [...templates.values()].flatMap((it) =>
      STATEFUL.flatMap((type) => Object.values(it.findResources(type))),
    );
    expect(all.length).toBeGreaterThanOrEqual(6);
    expect(all.filter((resource) => resource.DeletionPolicy !== 'Retain')).toEqual([]);
  });

  it.each(['BanyanSearch', 'BanyanProfiles'])(
    'start the consumer of %s only from a stated moment on',
    (name) => {
      template(name).hasResource('AWS::Lambda::EventSourceMapping', {
        Condition: 'ConsumerStarted',
        Properties: {
          StartingPosition: 'AT_TIMESTAMP',
          StartingPositionTimestamp: { Ref: 'StartingPositionTimestamp' },
          BisectBatchOnFunctionError: true,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          DestinationConfig: Match.objectLike({ OnFailure: Match.anyValue() }),
        },
      });
      template(name).hasParameter('StartingPositionTimestamp', { Type: 'Number', Default: 0 });
    },
  );

  it.each(['BanyanSearch', 'BanyanProfiles'])('watch errors, iterator age and dead letters of %s', (name) => {
    for (const metric of ['Errors', 'IteratorAge', 'ApproximateNumberOfMessagesVisible']) {
      template(name).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: metric });
    }
  });

  it('give no function a wildcard action', () => {
    for (const it of templates.values()) {
      for (const policy of Object.values(it.findResources('AWS::IAM::Policy'))) {
        const statements = policy.Properties.PolicyDocument.Statement as { Action: string | string[] }[];
        expect(statements.flatMap((s) => s.Action).filter((action) => action.includes('*'))).toEqual([]);
      }
    }
  });

  it('let the projector write profiles and nothing else', () => {
    const policies = Object.entries(template('BanyanProfiles').findResources('AWS::IAM::Policy'));
    const [, projector] = policies.find(([id]) => id.startsWith('ProjectProfile')) ?? [];
    const actions = projector?.Properties.PolicyDocument.Statement.flatMap(
      (s: { Action: string }) => s.Action,
    );
    expect(actions.filter((action: string) => action.startsWith('dynamodb:'))).toEqual(['dynamodb:PutItem']);
  });

  it.each([
    ['BanyanSearch', 'IndexUsers'],
    ['BanyanProfiles', 'ProjectProfile'],
  ])('let the consumer of %s read claims, and tell it where they are', (name, consumer) => {
    const claims = { 'Fn::ImportValue': Match.stringLikeRegexp('FnGetAttClaims.*Arn') };
    template(name).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp(`^${consumer}`) }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Action: 's3:GetObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [claims, '/claims/*']] } },
          { Action: 's3:ListBucket', Effect: 'Allow', Resource: claims },
        ]),
      },
    });
    template(name).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          CLAIMS_BUCKET: { 'Fn::ImportValue': Match.stringLikeRegexp('RefClaims') },
        }),
      },
    });
  });

  it.each([
    ['claims', 'ClaimsBucketName', 30],
    ['the quarantine', 'QuarantineBucketName', 180],
  ])('keep %s private, encrypted, and not for ever', (_, output, days) => {
    const control = template('BanyanControl');
    const Ref: string = control.findOutputs(output)[output]?.Value.Ref;
    const bucket = control.findResources('AWS::S3::Bucket')[Ref];
    expect(bucket?.Properties).toMatchObject({
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: days, Status: 'Enabled' }] },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      BucketEncryption: {},
    });
    control.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  it('have a stream for everything that the monolith publishes', () => {
    const outputs = Object.keys(template('BanyanStream').findOutputs('*'));
    expect(outputs.filter((name) => name.endsWith('StreamName')).sort()).toEqual([
      'FollowsStreamName',
      'UsersStreamName',
      'YublsStreamName',
    ]);
  });

  it('tell no queue of what is quarantined, unless they are asked to', () => {
    template('BanyanControl').resourceCountIs('AWS::SQS::Queue', 0);
    const app = appForTest({ quarantineQueue: 'true' });
    app.synth();
    const stackOf = (name: string) => Template.fromStack(app.node.findChild(name) as Stack);
    stackOf('BanyanControl').resourceCountIs('AWS::SQS::Queue', 1);
    stackOf('BanyanControl').hasOutput('QuarantineQueueUrl', {});
    for (const name of ['BanyanSearch', 'BanyanProfiles']) {
      stackOf(name).hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike({ QUARANTINE_QUEUE_URL: Match.anyValue() }) },
      });
    }
  });

  it('have a machine for backfills only where it is asked for, whose workers may do no more than copy', () => {
    expect([...templates.keys()]).not.toContain('BanyanBackfill');
    const app = appForTest({ backfillMachine: 'true' });
    app.synth();
    const backfill = Template.fromStack(app.node.findChild('BanyanBackfill') as Stack);
    backfill.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
    backfill.hasOutput('BackfillMachineArn', {});
    backfill.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 900,
      Environment: { Variables: Match.objectLike({ BANYAN_SECRETS: Match.anyValue() }) },
    });
    const [lambda] = Object.values(backfill.findResources('AWS::Lambda::Function'));
    expect(lambda?.Properties.Environment.Variables).not.toHaveProperty('MONGODB_URI');
    const policies = Object.entries(backfill.findResources('AWS::IAM::Policy'));
    const [, worker] = policies.find(([id]) => id.startsWith('BackfillWorkerRole')) ?? [];
    const actions = worker?.Properties.PolicyDocument.Statement.flatMap((s: { Action: string }) => s.Action);
    expect(new Set(actions)).toEqual(
      new Set([
        'cloudsearch:document',
        'dynamodb:BatchGetItem',
        'dynamodb:GetItem',
        'dynamodb:PartiQLInsert',
        'dynamodb:PartiQLUpdate',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        's3:PutObject',
        'secretsmanager:GetSecretValue',
      ]),
    );
  }, 60_000);

  it('put no secret into an environment', () => {
    for (const it of templates.values()) {
      for (const lambda of Object.values(it.findResources('AWS::Lambda::Function'))) {
        expect(JSON.stringify(lambda.Properties.Environment)).not.toMatch(/mongodb(\+srv)?:/);
      }
    }
  });
});
