import type { Db } from 'mongodb';
import type { Logger } from 'pino';
import type { Clock } from '../../services/core/index.ts';
import type { Outbox } from '../../services/outbox/index.ts';

/** What every feature of the app is handed. */
export interface Parts {
  readonly db: Db;
  /** Every change of a user, a follow or a yubl goes through it. */
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
}
