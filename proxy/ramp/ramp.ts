import type { RouteTotals } from '../metrics/readings.ts';
import type { RampDecision } from './decide-ramp-step.ts';
import type { RampPlan } from './ramp-plan.ts';
import type { DialKind } from './traffic-dial.ts';

/**
 * `running`: it goes on by itself. `waiting`: the step has passed, and an operator has to `resume`. `paused`: an
 * operator paused it, or turned the dial by hand; guards still turn it back. `complete`: the last step has passed;
 * guards go on watching. `rolled-back` and `aborted`: it is over, and nobody watches.
 */
export type RampPhase = 'running' | 'waiting' | 'paused' | 'complete' | 'rolled-back' | 'aborted';

/** Who wanted something, when and why. */
export interface Signature {
  readonly by: string;
  readonly atMs: number;
  readonly why: string;
}

export type RampOrderAction = 'start' | 'pause' | 'resume' | 'abort';

/** What an operator told a ramp last; `number` counts the orders of a ramp, the start being 1. */
export interface RampOrder extends Signature {
  readonly number: number;
  readonly action: RampOrderAction;
}

/** What is wanted: operators write it. */
export interface RampWanted {
  /** Tells this ramp from others of the route. */
  readonly id: string;
  readonly plan: RampPlan;
  /** The name of the plan, where it has one. */
  readonly planName: string | null;
  readonly started: Signature;
  readonly order: RampOrder;
}

/** The step that a ramp is at, with all that a controller needs to go on where another stopped. */
export interface RampStep {
  readonly weightPercent: number;
  /** When it was entered, by the controller's clock. */
  readonly enteredAtMs: number;
  /** For how long a controller has watched it. */
  readonly bakedMs: number;
  /** When one last did, by its clock. */
  readonly lookedAtMs: number;
  /** The dial's revision that the step was decided on. */
  readonly fromRevision: number;
  /** The dial's revision since it shows the step; `null` until it was seen to. */
  readonly dialRevision: number | null;
  /**
   * The counters when every instance was first seen to serve the step's weight; `null` until then. Without first
   * failures: those are counted by weight anyway.
   */
  readonly start: Counters | null;
  /** The counters at the start of the present short window of the step. */
  readonly recent: { readonly index: number; readonly start: Counters } | null;
  /** Whether an operator has let the ramp go on from here. */
  readonly resumed: boolean;
  /** Since when it has baked and does not pass; `null` while it bakes or waits for a person or the hour. */
  readonly heldSinceMs: number | null;
  /** Whether that was told. */
  readonly heldTold: boolean;
}

export type Counters = Omit<RouteTotals, 'firstFailures'>;

/** A decision, and when it was taken. */
export interface DatedDecision extends RampDecision {
  readonly atMs: number;
}

/** What happened: the controller writes it. */
export interface RampHappened {
  readonly phase: RampPhase;
  /** The number of the last order that was carried out. */
  readonly order: number;
  /** `null` before the first step. */
  readonly step: RampStep | null;
  /** Who paused it, while it is paused. */
  readonly paused: Signature | null;
  /** The last decision; `null` before the first. */
  readonly decision: DatedDecision | null;
  /** Who ended it and why, when it is over. */
  readonly ended: Signature | null;
  /** Which controller wrote this, and when. */
  readonly savedBy: string | null;
  readonly savedAtMs: number | null;
}

/** A route's ramp, as the control store has it under `ramp:<route>`. */
export interface Ramp {
  readonly wanted: RampWanted;
  readonly happened: RampHappened;
}

/** The key of a route's ramp, and the name of its log; routes of two dials may have one name. */
export const rampKey = (scope: DialKind, route: string): string =>
  scope === 'proxy' ? `ramp:${route}` : `ramp:${scope}/${route}`;

/** Whether a ramp is over: nobody watches it any more. */
export const isOver = ({ phase }: RampHappened): boolean => phase === 'rolled-back' || phase === 'aborted';

/** A step that begins. */
export const stepAt = (options: {
  weightPercent: number;
  nowMs: number;
  fromRevision: number;
  dialRevision: number | null;
}): RampStep => ({
  weightPercent: options.weightPercent,
  enteredAtMs: options.nowMs,
  bakedMs: 0,
  lookedAtMs: options.nowMs,
  fromRevision: options.fromRevision,
  dialRevision: options.dialRevision,
  start: null,
  recent: null,
  resumed: false,
  heldSinceMs: null,
  heldTold: false,
});

export type RampEventName =
  | 'started'
  | 'advanced'
  | 'waiting'
  | 'paused'
  | 'resumed'
  | 'held-too-long'
  | 'completed'
  | 'rolled-back'
  | 'aborted';

/** Something that happened to a ramp, for its history and the hook. */
export interface RampEvent {
  readonly event: RampEventName;
  readonly ramp: string;
  readonly fromPercent: number;
  readonly toPercent: number;
  readonly by: string;
  /** A sentence, with the numbers where a judgement is the reason. */
  readonly why: string;
  /** What each guard found, where they were asked. */
  readonly evidence: RampDecision['evidence'];
}
