import type { Exchange } from '../exchange.ts';
import type { Decision, Side, Why } from '../routing/canary-router.ts';
import type { Candidate } from './candidate.ts';
import { endSocket } from './error-answer.ts';
import type { Handshake } from './forwarder.ts';

/** Where a WebSocket went, and why. */
export interface UpgradeEnd {
  readonly side: Side;
  readonly why: Why;
  readonly candidateFailure?: string;
}

export interface UpgradeOptions {
  readonly handshake: Omit<Handshake, 'marks' | 'onSettled'>;
  readonly asked: Pick<Exchange, 'target' | 'decision'>;
  readonly marks: Omit<Handshake['marks'], 'side'>;
  readonly candidate: Candidate | undefined;
  readonly control: { upgrade(handshake: Handshake): void };
  /** The candidate has failed a user. */
  readonly onRescue: (decision: Decision) => void;
}

/**
 * Hands a WebSocket to the side that its user is on, whose it stays until it ends: an open one cannot follow the
 * dial. A candidate that fails before its 101, or gives any other answer, leaves it to the control; a handshake is a GET,
 * and may be asked twice.
 */
export const serveUpgrade = async (options: UpgradeOptions): Promise<UpgradeEnd> => {
  const { handshake, asked, marks, candidate } = options;
  const { side, why, match } = asked.decision;
  const toControl = (because: Why, candidateFailure?: string, onSettled = nothing): UpgradeEnd => {
    options.control.upgrade({ ...handshake, marks: { ...marks, side: 'control' }, onSettled });
    return { side: 'control', why: because, ...(candidateFailure === undefined ? {} : { candidateFailure }) };
  };
  if (!candidate || side === 'control') return toControl(why);
  if (match?.route.config.upgrade === false) return toControl('no-upgrade');
  const outcome = await candidate.breaker.run(() =>
    candidate.upgrade({ ...handshake, marks: { ...marks, side: 'candidate' }, onSettled: nothing }, asked),
  );
  if (outcome !== 'open' && outcome.kind === 'declined') return toControl('declined', outcome.reason);
  if (outcome !== 'open' && outcome.kind !== 'failed') return { side, why };
  const candidateFailure = outcome === 'open' ? 'breaker-open' : `${outcome.failure}: ${outcome.reason}`;
  const leave = candidate.bulkhead.enter();
  if (!leave) {
    endSocket(handshake.socket, 503, 'unavailable', 'The candidate did not answer.');
    return { side, why: 'rescues-full', candidateFailure };
  }
  handshake.socket.once('close', leave);
  if (outcome !== 'open') options.onRescue(asked.decision);
  return toControl(outcome === 'open' ? 'breaker-open' : 'rescue', candidateFailure, leave);
};

const nothing = (): void => undefined;
