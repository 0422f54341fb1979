export type { CanaryConfig, CanaryOptions } from './canary.ts';
export { type CanaryMiddleware, canaryMiddleware } from './canary-middleware.ts';
export {
  decideRampStep,
  type RampCause,
  type RampDecision,
  type RampStatus,
} from './ramp/decide-ramp-step.ts';
export { type PastChange, ProxyDial } from './ramp/dials/proxy-dial.ts';
export type { Evidence, GuardName, Verdict } from './ramp/judge-evidence.ts';
export { proxyReadings } from './ramp/proxy-readings.ts';
export { type RampGuards, type RampPlan, rampPlanSchema } from './ramp/ramp-plan.ts';
export { type RampTick, rampTick } from './ramp/ramp-tick.ts';
export {
  type ReadingsSource,
  ReadingsWindow,
  type ReadTotals,
  type RecentReadings,
  type StepReadings,
} from './ramp/readings-window.ts';
export type { DialChange, DialReading, TrafficDial } from './ramp/traffic-dial.ts';
export type { Pin } from './routing/pin.ts';
export { type PastPin, PinBoard } from './routing/pin-board.ts';
export { previewWeight, type WeightPreview } from './routing/preview-weight.ts';
export { type ProxyConfig, proxyConfigSchema, type RouteConfig } from './routing/proxy-config.ts';
export { bucketOf, isCandidates } from './routing/sticky-bucket.ts';
export { freshKey, keyOf } from './routing/sticky-key.ts';
export { type ForcePass, forceTokens } from './routing/testers.ts';
export {
  dialName,
  isWeightPercent,
  parseWeightPercent,
  type StoredWeight,
  weightKey,
  weightLog,
} from './routing/weight.ts';
export { type ProxyOptions, type RunningProxy, startProxy } from './server.ts';
export type { ShadowReport } from './shadow/shadow-record.ts';
