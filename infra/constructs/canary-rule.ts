import {
  type ApplicationListener,
  ApplicationListenerRule,
  type IApplicationTargetGroup,
  ListenerAction,
  type ListenerCondition,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface CanaryRuleProps {
  readonly listener: ApplicationListener;
  /** Required. Among the listener's rules, each has its own; the lowest is asked first. */
  readonly priority: number;
  /** Required. Which requests are shared out: paths, methods, hosts. */
  readonly conditions: readonly ListenerCondition[];
  /** Required. The monolith's targets. */
  readonly control: IApplicationTargetGroup;
  /** Required. The new service's targets. */
  readonly candidate: IApplicationTargetGroup;
}

/**
 * A listener rule that shares requests between control and candidate: nothing goes to the candidate until somebody
 * turns the dial (`banyan canary --dial alb`). A deployment leaves the weights as they are, since CloudFormation only
 * writes what its template changes.
 */
export class CanaryRule extends Construct {
  readonly rule: ApplicationListenerRule;

  constructor(scope: Construct, id: string, props: CanaryRuleProps) {
    super(scope, id);
    this.rule = new ApplicationListenerRule(this, 'Rule', {
      listener: props.listener,
      priority: props.priority,
      conditions: [...props.conditions],
      action: ListenerAction.weightedForward([
        { targetGroup: props.control, weight: 100 },
        { targetGroup: props.candidate, weight: 0 },
      ]),
    });
  }

  /** Lets somebody turn the dial and read what both sides did; CloudWatch and descriptions know no resources. */
  grantDial(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['elasticloadbalancing:ModifyRule'],
        resources: [this.rule.listenerRuleArn],
      }),
    );
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['elasticloadbalancing:DescribeRules', 'cloudwatch:GetMetricData'],
        resources: ['*'],
      }),
    );
  }
}
