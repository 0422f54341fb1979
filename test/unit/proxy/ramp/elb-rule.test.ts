import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RuleNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ElbRule } from '../../../../proxy/ramp/dials/alb/elb-rule.ts';
import { UsageError } from '../../../../services/core/index.ts';

const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
const ROUTE = {
  rule: arn('listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee'),
  control: arn('targetgroup/monolith/73e2d6bc24d8a067'),
  candidate: arn('targetgroup/profiles/943f017f100becff'),
};
const group = (TargetGroupArn: string, Weight?: number) => ({ TargetGroupArn, Weight });

// The emulator takes weights and forgets them, so that only requests can be looked at.
const elb = mockClient(ElasticLoadBalancingV2Client);
const ruleOf = (more: { stickySeconds?: number } = {}) =>
  new ElbRule({ client: new ElasticLoadBalancingV2Client({}), route: { ...ROUTE, ...more } });
const describes = (...Actions: object[]) =>
  elb.on(DescribeRulesCommand, { RuleArns: [ROUTE.rule] }).resolves({ Rules: [{ Actions }] as never });
const sent = () => elb.commandCalls(ModifyRuleCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  elb.reset();
});

describe('a rule of a load balancer', () => {
  it('reads the weights of both target groups', async () => {
    describes({
      Type: 'forward',
      ForwardConfig: { TargetGroups: [group(ROUTE.candidate, 25), group(ROUTE.control, 75)] },
    });
    expect(await ruleOf().read()).toEqual({ control: 75, candidate: 25 });
  });

  it('gives the candidate nothing where the rule does not name it', async () => {
    describes({ Type: 'forward', ForwardConfig: { TargetGroups: [group(ROUTE.control, 1)] } });
    expect(await ruleOf().read()).toEqual({ control: 1, candidate: 0 });
  });

  it('writes both weights, and no stickiness', async () => {
    describes({ Type: 'forward', Order: 1, ForwardConfig: { TargetGroups: [group(ROUTE.control, 1)] } });
    await ruleOf().write({ control: 95, candidate: 5 });
    expect(sent()).toEqual([
      {
        RuleArn: ROUTE.rule,
        Actions: [
          {
            Type: 'forward',
            Order: 1,
            ForwardConfig: {
              TargetGroups: [group(ROUTE.control, 95), group(ROUTE.candidate, 5)],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      },
    ]);
  });

  it('keeps users on their side if asked to, but not through a rollback', async () => {
    describes({ Type: 'forward', ForwardConfig: { TargetGroups: [] } });
    const rule = ruleOf({ stickySeconds: 3_600 });
    await rule.write({ control: 95, candidate: 5 });
    await rule.write({ control: 100, candidate: 0 });
    expect(sent().map(({ Actions }) => Actions?.[0]?.ForwardConfig?.TargetGroupStickinessConfig)).toEqual([
      { Enabled: true, DurationSeconds: 3_600 },
      { Enabled: false },
    ]);
  });

  it('leaves what the rule does besides', async () => {
    const signIn = { Type: 'authenticate-oidc', Order: 1, AuthenticateOidcConfig: { ClientId: 'web' } };
    describes(signIn, { Type: 'forward', Order: 2, ForwardConfig: { TargetGroups: [] } });
    await ruleOf().write({ control: 1, candidate: 1 });
    expect(sent()[0]?.Actions?.[0]).toEqual({
      ...signIn,
      AuthenticateOidcConfig: { ClientId: 'web', UseExistingClientSecret: true },
    });
  });

  it.each<[string, object[], RegExp]>([
    ['forwards nothing', [{ Type: 'fixed-response' }], /forwards nothing/],
    [
      'forwards elsewhere too',
      [{ Type: 'forward', ForwardConfig: { TargetGroups: [group('arn:else', 1)] } }],
      /forwards to arn:else too/,
    ],
  ])('is refused when it %s', async (_what, actions, message) => {
    describes(...actions);
    await expect(ruleOf().read()).rejects.toThrow(message);
    await expect(ruleOf().read()).rejects.toBeInstanceOf(UsageError);
  });

  it('that does not exist is a mistake, and a load balancer that does not answer is away', async () => {
    elb.on(DescribeRulesCommand).rejects(new RuleNotFoundException({ message: 'gone', $metadata: {} }));
    await expect(ruleOf().read()).rejects.toBeInstanceOf(UsageError);
    elb.on(DescribeRulesCommand).rejects(new Error('connect ECONNREFUSED'));
    await expect(ruleOf().read()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });
});
