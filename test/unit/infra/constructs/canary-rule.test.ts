import { describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCondition,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { CanaryRule } from '../../../../infra/constructs/canary-rule.ts';

const synthesised = (): Template => {
  const stack = new Stack(new App(), 'Web', { env: { region: 'eu-west-1', account: '123456789012' } });
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    publicSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  const [control, candidate] = ['Monolith', 'Profiles'].map(
    (id) => new ApplicationTargetGroup(stack, id, { vpc, port: 80 }),
  );
  if (!control || !candidate) throw new Error('there are two');
  const listener = new ApplicationLoadBalancer(stack, 'Balancer', { vpc }).addListener('Http', {
    port: 80,
    open: false,
    defaultAction: ListenerAction.forward([control]),
  });
  const conditions = [ListenerCondition.pathPatterns(['/profiles/*'])];
  const canary = new CanaryRule(stack, 'Canary', { listener, priority: 10, conditions, control, candidate });
  canary.grantDial(
    new Role(stack, 'Operator', { assumedBy: new ArnPrincipal('arn:aws:iam::123456789012:root') }),
  );
  return Template.fromStack(stack);
};

describe('the rule of a canary', () => {
  const template = synthesised();

  it('names both target groups, and gives the candidate nothing', () => {
    const [rule] = Object.values(template.findResources('AWS::ElasticLoadBalancingV2::ListenerRule'));
    expect(rule?.Properties).toMatchObject({
      Priority: 10,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/profiles/*'] } }],
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: { Ref: expect.stringMatching(/^Monolith/) }, Weight: 100 },
              { TargetGroupArn: { Ref: expect.stringMatching(/^Profiles/) }, Weight: 0 },
            ],
          },
        },
      ],
    });
  });

  it('lets an operator change this rule, and no other', () => {
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
    expect(policy?.Properties.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'elasticloadbalancing:ModifyRule',
        Resource: { Ref: expect.stringMatching(/^CanaryRule/) },
      },
      {
        Effect: 'Allow',
        Action: ['elasticloadbalancing:DescribeRules', 'cloudwatch:GetMetricData'],
        Resource: '*',
      },
    ]);
  });
});
