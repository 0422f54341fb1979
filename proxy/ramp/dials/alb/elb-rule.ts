import {
  type Action,
  DescribeRulesCommand,
  type ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { UsageError } from '../../../../services/core/index.ts';
import type { AlbRoute } from './alb-config.ts';
import { askAws } from './aws-fault.ts';
import type { TargetWeights } from './target-weights.ts';
import type { WeightedRule } from './weighted-rule.ts';

/** A listener rule of an Application Load Balancer whose forward action names both target groups. */
export class ElbRule implements WeightedRule {
  readonly #client: ElasticLoadBalancingV2Client;
  readonly #route: AlbRoute;

  constructor(options: { client: ElasticLoadBalancingV2Client; route: AlbRoute }) {
    this.#client = options.client;
    this.#route = options.route;
  }

  async read(): Promise<TargetWeights> {
    const groups = forwardOf(await this.#actions(), this.#route.rule).ForwardConfig?.TargetGroups ?? [];
    const weightOf = (arn: string): number =>
      groups.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.Weight ?? 0;
    const strange = groups.find(({ TargetGroupArn }) => !this.#arns.includes(TargetGroupArn ?? ''));
    if (strange) {
      throw new UsageError(
        `the rule ${this.#route.rule} forwards to ${strange.TargetGroupArn} too, which is neither the control nor the candidate`,
      );
    }
    return { control: weightOf(this.#route.control), candidate: weightOf(this.#route.candidate) };
  }

  /** What the rule does besides, as authenticating users, stays. */
  async write(weights: TargetWeights): Promise<void> {
    const actions = await this.#actions();
    const forward = forwardOf(actions, this.#route.rule);
    const next = actions.map((action) =>
      action === forward ? this.#forward(weights, action.Order) : withOwnSecret(action),
    );
    const command = new ModifyRuleCommand({ RuleArn: this.#route.rule, Actions: next });
    await askAws(this.#name, () => this.#client.send(command));
  }

  get #name(): string {
    return `the load balancer's rule ${this.#route.rule}`;
  }

  get #arns(): readonly string[] {
    return [this.#route.control, this.#route.candidate];
  }

  #forward({ control, candidate }: TargetWeights, order: number | undefined): Action {
    const { stickySeconds } = this.#route;
    // Users whom a cookie keeps with the candidate would not see a rollback.
    const sticky = stickySeconds !== undefined && candidate > 0;
    return {
      Type: 'forward',
      ...(order === undefined ? {} : { Order: order }),
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: this.#route.control, Weight: control },
          { TargetGroupArn: this.#route.candidate, Weight: candidate },
        ],
        TargetGroupStickinessConfig: sticky
          ? { Enabled: true, DurationSeconds: stickySeconds }
          : { Enabled: false },
      },
    };
  }

  async #actions(): Promise<readonly Action[]> {
    const command = new DescribeRulesCommand({ RuleArns: [this.#route.rule] });
    const { Rules = [] } = await askAws(this.#name, () => this.#client.send(command));
    return Rules[0]?.Actions ?? [];
  }
}

const forwardOf = (actions: readonly Action[], rule: string): Action => {
  const forward = actions.find(({ Type }) => Type === 'forward');
  if (forward) return forward;
  throw new UsageError(
    `the rule ${rule} forwards nothing: its action is to be a forward to both target groups`,
  );
};

/** A description leaves the secret out, and a rule is only taken whole. */
const withOwnSecret = (action: Action): Action =>
  action.AuthenticateOidcConfig
    ? {
        ...action,
        AuthenticateOidcConfig: { ...action.AuthenticateOidcConfig, UseExistingClientSecret: true },
      }
    : action;
