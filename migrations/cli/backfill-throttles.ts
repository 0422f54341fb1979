import { readRelayStatus } from '../../services/outbox/read-relay-status.ts';
import { readMongoLoad } from '../backfill/sources/mongo-load.ts';
import { FixedRate } from '../backfill/throttle/fixed-rate.ts';
import type { Rate } from '../backfill/throttle/rate.ts';
import { SourceThrottle } from '../backfill/throttle/source-load.ts';
import { StreamLagThrottle } from '../backfill/throttle/stream-lag.ts';
import type { Throttle } from '../backfill/throttle/throttle.ts';
import { type TimeWindow, TimeWindows } from '../backfill/throttle/time-windows.ts';
import type { Plan } from '../moves/plan.ts';
import type { CommandContext } from './context.ts';

/** What slows this worker down, beside the sink and the operators' orders. */
export interface ThrottleOptions {
  readonly maxRate?: Rate;
  readonly onlyBetween?: readonly TimeWindow[];
  readonly maxStreamLagMs?: number;
}

export const throttlesOf = async (
  context: CommandContext,
  plan: Plan,
  { maxRate, onlyBetween = [], maxStreamLagMs = plan.maxStreamLagMs }: ThrottleOptions,
): Promise<{ throttles: Throttle[]; onRead(tookMs: number): void }> => {
  const { clock } = context;
  const { db } = await context.mongo();
  const source = new SourceThrottle({ read: () => readMongoLoad(db), limits: plan.sourceLimits, clock });
  const lag = plan.streamLagMs ?? (async () => (await readRelayStatus({ db, clock })).lagSeconds * 1_000);
  const throttles: Throttle[] = [source];
  if (maxRate) throttles.push(new FixedRate(maxRate));
  if (onlyBetween.length > 0) throttles.push(new TimeWindows(onlyBetween));
  if (maxStreamLagMs !== undefined)
    throttles.push(new StreamLagThrottle({ readMs: lag, maxMs: maxStreamLagMs }));
  return { throttles, onRead: (tookMs) => source.observeRead(tookMs) };
};
