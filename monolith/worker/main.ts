#!/usr/bin/env node
import { pino } from 'pino';
import { z } from 'zod';
import { pause, systemClock } from '../../services/core/index.ts';
import { Outbox } from '../../services/outbox/index.ts';
import { connect, runEntryPoint, stopSignal } from '../entry-point.ts';
import { databaseEnvironment, logLevel, readEnvironment } from '../environment.ts';
import { digestOfTheDay } from './digest.ts';
import { finishDeletions } from './finish-deletions.ts';
import { reconcileFollows } from './reconcile-follows.ts';

const environmentSchema = z.object({
  ...databaseEnvironment,
  /** Optional: defaults to 300, five minutes. */
  WORKER_INTERVAL_SECONDS: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'is not a whole number of seconds')
    .transform(Number)
    .default(300),
  /** Optional: defaults to info, at which the digest is logged. */
  LOG_LEVEL: logLevel.default('info'),
});

const main = async (): Promise<void> => {
  const stopping = new AbortController();
  void stopSignal().then(() => stopping.abort());
  const env = readEnvironment(environmentSchema, process.env);
  const { client, db } = await connect({ uri: env.MONGODB_URI, database: env.MONGODB_DATABASE });
  try {
    const outbox = new Outbox({ client, db, clock: systemClock, source: '/monolith' });
    await outbox.open();
    const logger = pino({ level: env.LOG_LEVEL });
    while (!stopping.signal.aborted) {
      const parts = { db, outbox, clock: systemClock };
      logger.info(await finishDeletions(parts, stopping.signal), 'deletions finished');
      logger.info(await reconcileFollows({ db, outbox }), 'follows reconciled');
      logger.info(await digestOfTheDay({ db, clock: systemClock }), 'digest of the day');
      await pause(systemClock, env.WORKER_INTERVAL_SECONDS * 1_000, stopping.signal);
    }
  } finally {
    await client.close();
  }
};

await runEntryPoint(main);
