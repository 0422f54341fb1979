import { UsageError } from '../../../../services/core/index.ts';
import type { TrafficDial } from '../../traffic-dial.ts';
import { type TargetWeights, targetWeightsOf } from './target-weights.ts';

/** What another weight of a rule would change. */
export interface RulePreview {
  readonly fromPercent: number;
  readonly toPercent: number;
  /** The share of the requests that would go to the other side. */
  readonly movingPercent: number;
  /** What the rule would say. */
  readonly weights: TargetWeights;
}

/**
 * Says how much of a rule's traffic would move; it changes nothing.
 * @throws UsageError when it is asked about users, of whom a load balancer knows none, and for a weight that it cannot
 * give.
 */
export const previewRule = async (options: {
  route: string;
  dial: Pick<TrafficDial, 'read'>;
  toPercent: number;
  keys: readonly string[];
}): Promise<RulePreview> => {
  const { route, dial, toPercent, keys } = options;
  if (keys.length > 0)
    throw new UsageError(
      `nobody can say who moves on ${route}: a load balancer draws a side for each request, and knows no users. Ask without keys`,
    );
  const weights = targetWeightsOf(toPercent);
  const { weightPercent: fromPercent } = await dial.read(route);
  const movingPercent = Math.abs(Math.round(toPercent * 100) - Math.round(fromPercent * 100)) / 100;
  return { fromPercent, toPercent, movingPercent, weights };
};
