import type { Logger } from 'pino';
import type { Clock } from '../../services/core/index.ts';
import type { ObserveRelay, RelayEvent } from '../../services/outbox/index.ts';
import { engineErrorOf } from './engine-errors.ts';
import { explain } from './failures.ts';

/** A kind of failure is logged at most this often; what was left out is counted in the next line. */
const FAILURES_EVERY_MS = 1_000;

/** Logs what operators want to read of a relay: not each batch, and no flood while a stream is away. */
export const logRelay = ({ logger, clock }: { logger: Logger; clock: Clock }): ObserveRelay => {
  const failures = new Map<string, { loggedAtMs: number; leftOut: number }>();
  return (event) => {
    if (!('error' in event)) return logNews(logger, event);
    const last = failures.get(event.type) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, leftOut: 0 };
    if (clock.nowMs() - last.loggedAtMs < FAILURES_EVERY_MS) {
      failures.set(event.type, { ...last, leftOut: last.leftOut + 1 });
      return;
    }
    const { error, type, ...more } = event;
    logger.warn({ ...reasonOf(error), ...more, leftOut: last.leftOut }, FAILURES[type]);
    failures.set(event.type, { loggedAtMs: clock.nowMs(), leftOut: 0 });
  };
};

/** A sentence for an engine that is away or set up wrongly; for anything else all that is known, its stack too. */
const reasonOf = (error: unknown): { why: string } | { err: unknown } =>
  engineErrorOf(error) ? { why: explain(error) } : { err: error };

const FAILURES = {
  'send-failed': 'records were not taken; they are sent again',
  'acknowledge-failed': 'rows could not be acknowledged; it is tried again',
  'token-lost': 'the resume token is lost: following from now, the sweeper finds the rest',
  interrupted: 'the term ended; another one begins',
} as const;

const logNews = (logger: Logger, event: Exclude<RelayEvent, { error: unknown }>): void => {
  if (event.type === 'leading') logger.info({ epoch: event.epoch }, 'leading');
  else if (event.type === 'standing-by') logger.info('standing by: another relay leads');
  else if (event.type === 'stopped') logger.info('stopped');
  else if (event.type === 'swept') logger.info({ row: event.row.id, key: event.row.key }, 'swept');
  else if (event.type === 'quarantined') {
    logger.error({ row: event.row.id, key: event.row.key, reason: event.reason }, 'quarantined');
  }
};
