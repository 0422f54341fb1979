#!/usr/bin/env node
import { pino } from 'pino';
import { z } from 'zod';
import { systemClock } from '../../services/core/index.ts';
import { Outbox } from '../../services/outbox/index.ts';
import { connect, runEntryPoint, stopSignal } from '../entry-point.ts';
import { databaseEnvironment, logLevel, readEnvironment } from '../environment.ts';
import { createApp } from './app.ts';
import { Chat } from './chat/chat.ts';
import { ensureIndexes } from './database/ensure-indexes.ts';
import { listen } from './http/listen.ts';
import { currentTraceparent } from './http/trace-context.ts';

const GRACE_MS = 10_000;

const environmentSchema = z.object({
  ...databaseEnvironment,
  /** Optional: defaults to 127.0.0.1. */
  HOST: z.string().min(1).default('127.0.0.1'),
  /** Optional: defaults to 3000; 0 takes a free one. */
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'is not a port')
    .transform(Number)
    .pipe(z.int().max(65_535))
    .default(3000),
  /** Optional: defaults to warn. From info on there is an access log. */
  LOG_LEVEL: logLevel.default('warn'),
});

const main = async (): Promise<void> => {
  const stopped = stopSignal();
  const env = readEnvironment(environmentSchema, process.env);
  const { client, db } = await connect({ uri: env.MONGODB_URI, database: env.MONGODB_DATABASE });
  try {
    const outbox = new Outbox({
      client,
      db,
      clock: systemClock,
      source: '/monolith',
      traceparent: currentTraceparent,
    });
    await outbox.open();
    await ensureIndexes(db);
    const logger = pino({ level: env.LOG_LEVEL });
    const parts = { db, outbox, clock: systemClock, logger };
    const webSockets = new Chat(parts);
    const server = await listen(createApp(parts), { host: env.HOST, port: env.PORT, webSockets });
    process.stdout.write(`monolith listening on ${server.url}\n`);
    await stopped;
    await server.stop(GRACE_MS);
  } finally {
    await client.close();
  }
};

await runEntryPoint(main);
