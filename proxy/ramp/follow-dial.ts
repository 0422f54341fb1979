import type { RampMove, RampView } from './decide-ramp.ts';
import { type RampHappened, type RampStep, type RampWanted, stepAt } from './ramp.ts';

/**
 * Brings a ramp and its dial together. A step that was decided and not turned yet is turned now, by whoever leads:
 * the decision was written down first, so that a leader who died, or woke up late, in between harms nothing. A dial
 * that somebody else turned is respected: at 0 the ramp is over, elsewhere it pauses there.
 */
export const followDial = (wanted: RampWanted, happened: RampHappened, view: RampView): RampMove => {
  const { dial } = view;
  const { step } = happened;
  if (!step)
    return {
      happened: dial.weightPercent > 0 ? { ...happened, step: stepThere(view) } : happened,
      events: [],
    };
  const isThere = step.weightPercent === dial.weightPercent;
  if (step.dialRevision === dial.revision && isThere) return { happened, events: [] };
  if (step.dialRevision !== null) return turnedByHand(wanted, happened, step, view);
  if (step.fromRevision === dial.revision) {
    const { weightPercent, fromRevision: expectedRevision } = step;
    const why = happened.decision?.reason ?? '';
    return { happened, turn: { weightPercent, why, expectedRevision }, events: [] };
  }
  if (!isThere) return turnedByHand(wanted, happened, step, view);
  return { happened: { ...happened, step: { ...step, dialRevision: dial.revision } }, events: [] };
};

/** The step that the dial shows, whoever turned it there. */
const stepThere = ({ dial, nowMs }: RampView): RampStep =>
  stepAt({
    weightPercent: dial.weightPercent,
    nowMs,
    fromRevision: dial.revision,
    dialRevision: dial.revision,
  });

const turnedByHand = (
  { id }: RampWanted,
  happened: RampHappened,
  step: RampStep,
  view: RampView,
): RampMove => {
  const { dial, nowMs } = view;
  const { weightPercent: fromPercent } = step;
  const { weightPercent: toPercent, by } = dial;
  const event = { ramp: id, fromPercent, toPercent, by, evidence: [] };
  if (toPercent === 0) {
    const ended = { by, atMs: dial.setAtMs ?? nowMs, why: dial.why };
    return {
      happened: { ...happened, phase: 'rolled-back', ended },
      events: [{ ...event, event: 'rolled-back', why: dial.why }],
    };
  }
  const why = `the dial was turned from ${fromPercent} % to ${toPercent} % by hand`;
  return {
    happened: { ...happened, phase: 'paused', step: stepThere(view), paused: { by, atMs: nowMs, why } },
    events: [{ ...event, event: 'paused', why }],
  };
};
