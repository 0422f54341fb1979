import { beforeAll, describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BackfillMachine } from '../../../../infra/constructs/backfill-machine.ts';

describe('a machine for backfills', () => {
  let template: Template;
  beforeAll(() => {
    const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Shop');
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['a'],
      privateSubnetIds: ['subnet-0123456789abcdef0'],
    });
    new BackfillMachine(stack, 'Backfill', {
      config: 'banyan.config.ts',
      plans: ['orders', 'orders@orders-2'],
      environment: { CONTROL_TABLE: 'control' },
      secrets: { MONGODB_URI: 'shop/mongodb', SEARCH_URL: 'shop/search' },
      controlTable: Table.fromTableName(stack, 'Control', 'control'),
      quarantine: Bucket.fromBucketName(stack, 'Quarantine', 'rejected'),
      maxConcurrency: 3,
      network: { vpc },
    });
    template = Template.fromStack(stack);
  }, 60_000);

  const allowed = (action: string): unknown[] =>
    Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }: { Action: string | string[] }) => [Action].flat().includes(action))
      .flatMap(({ Resource }: { Resource: unknown }) => Resource);

  it('puts the names of secrets into the environment, and lets these be read', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          CONTROL_TABLE: 'control',
          BANYAN_SECRETS: '{"MONGODB_URI":"shop/mongodb","SEARCH_URL":"shop/search"}',
        }),
      },
    });
    expect(JSON.stringify(allowed('secretsmanager:GetSecretValue'))).toMatch(
      /secret:shop\/mongodb-\?{6}.*secret:shop\/search-\?{6}/,
    );
  });

  it('lets what is rejected of its plans be kept below their names, as they are in the bucket', () => {
    expect(JSON.stringify(allowed('s3:PutObject'))).toMatch(/\/orders\/\*.*\/orders%40orders-2\/\*/);
  });

  it('runs where MongoDB is reached, with the rights for that', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: ['subnet-0123456789abcdef0'] },
    });
    expect(allowed('ec2:CreateNetworkInterface')).toEqual(['*']);
  });

  it('names its state machine in an output of its own stack, for the configuration', () => {
    const { BackfillMachineArn } = template.findOutputs('BackfillMachineArn');
    const [machine] = Object.keys(template.findResources('AWS::StepFunctions::StateMachine'));
    expect(BackfillMachineArn?.Value).toEqual({ Ref: machine });
  });
});
