/* An Application Load Balancer as a dial; loads the AWS SDK. */
export { type AlbConfig, type AlbRoute, albConfigSchema } from './alb-config.ts';
export { AlbDial } from './alb-dial.ts';
export { AlbReadings } from './alb-readings.ts';
export { ElbRule } from './elb-rule.ts';
export { previewRule, type RulePreview } from './preview-rule.ts';
export type { TargetWeights } from './target-weights.ts';
export type { WeightedRule } from './weighted-rule.ts';
