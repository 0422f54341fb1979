export type { CanaryConfig, CanaryOptions } from './canary.ts';
export {
  type CanaryMiddleware,
  type CanaryMiddlewareOptions,
  canaryMiddleware,
} from './canary-middleware.ts';
export type { AnswerTransform, JsonAnswer } from './forwarding/answer-transform.ts';
export { quantileMs, type Readings, type RouteTotals, readingsBetween } from './metrics/readings.ts';
export {
  decideRampStep,
  type Obstacle,
  type RampCause,
  type RampDecision,
  type RampStatus,
} from './ramp/decide-ramp-step.ts';
export { type PastChange, ProxyDial, type RecordedDial } from './ramp/dials/proxy-dial.ts';
export type { Evidence, GuardName, Verdict } from './ramp/judge-evidence.ts';
export type {
  DatedDecision,
  Ramp,
  RampEvent,
  RampEventName,
  RampHappened,
  RampOrder,
  RampOrderAction,
  RampPhase,
  RampStep,
  RampWanted,
  Signature,
} from './ramp/ramp.ts';
export type { RampTicked } from './ramp/ramp-controller.ts';
export type { RampHookConfig } from './ramp/ramp-hook.ts';
export { type RampGuards, type RampPlan, rampPlanSchema } from './ramp/ramp-plan.ts';
export type { RampSchedule } from './ramp/ramp-schedule.ts';
export { type PastRampEvent, Ramps } from './ramp/ramps.ts';
export { planOf } from './ramp/ramps-config.ts';
export { type RouteReading, type RouteReadings, readingsByTime } from './ramp/route-readings.ts';
export type { RampObserver } from './ramp/run-ramps.ts';
export { type RampsOptions, type RunningRamps, startRamps } from './ramp/start-ramps.ts';
export type { ReadingsSource, RecentReadings, StepReadings } from './ramp/step-readings.ts';
export {
  DIAL_KINDS,
  type DialChange,
  type DialKind,
  type DialReading,
  type TrafficDial,
} from './ramp/traffic-dial.ts';
export { ReportedReadings } from './readings/reported-readings.ts';
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
