import { setTimeout as delay } from 'node:timers/promises';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { outboxOf } from '../../services/outbox/index.ts';
import { openOutbox } from '../integration/outbox/open-outbox.ts';
import { randomFor } from '../scenarios/simulation/random.ts';
import { startWriters } from './busy-writers.ts';
import { type freshAws, mongoUri } from './engines.ts';
import { eventually } from './eventually.ts';
import { createStream, readStream } from './kinesis-stream.ts';
import { type PublishedEvents, publishedEvents } from './published-events.ts';
import { type RelayProcesses, relayProcesses } from './relay-processes.ts';

const WITHIN_MS = 30_000;
const LATEST_KILL_MS = 1_500;

export interface KillRoundOptions {
  readonly aws: ReturnType<typeof freshAws>;
  readonly kinesis: KinesisClient;
  /** Required. Decides what is written, and when and how often is killed. */
  readonly seed: number;
  readonly writesPerSecond: number;
  readonly rounds: number;
  /** Required. Starts the relays of a round while the one before it runs, which takes from what that one writes. */
  readonly startsAhead: boolean;
}

export interface KillRound extends PublishedEvents {
  /** For each kill of a leader: from then until another relay led. */
  readonly takeoversMs: readonly number[];
  /** Committed, while the writers ran. */
  readonly writesPerSecond: number;
}

/**
 * Rounds with a fresh outbox, a fresh stream (the emulator slows down as one fills) and two relays each, of which
 * the leader is killed under writes.
 */
export async function* killRounds(options: KillRoundOptions): AsyncIterable<KillRound> {
  const { rounds, startsAhead, seed } = options;
  const prepare = (round: number) => prepareRound({ ...options, seed: seed + round });
  let ahead: Promise<Round> | undefined;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const prepared = await (ahead ?? prepare(round));
      ahead = startsAhead && round + 1 < rounds ? prepare(round + 1) : undefined;
      // Whoever awaits it is told.
      ahead?.catch(() => undefined);
      try {
        yield await runRound(prepared);
      } finally {
        await prepared.close();
      }
    }
  } finally {
    await (await ahead?.catch(() => undefined))?.close();
  }
}

interface Round extends KillRoundOptions, Pick<Awaited<ReturnType<typeof openOutbox>>, 'db' | 'outbox'> {
  readonly relays: RelayProcesses;
  /** The Kinesis stream. */
  readonly things: string;
  close(): Promise<void>;
}

const prepareRound = async (options: KillRoundOptions): Promise<Round> => {
  const open = await openOutbox();
  const things = await createStream(options.kinesis);
  const parts = { db: open.db, uri: mongoUri(), database: open.db.databaseName, streams: { things } };
  const relays = await relayProcesses({ ...parts, aws: options.aws });
  const close = async () => {
    await relays.close();
    await open.drop();
  };
  try {
    const both = [relays.start(), relays.start()];
    const { relay } = await relays.leader();
    for (const other of both) if (other !== relay) await relays.standby(other);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { ...options, ...open, relays, things, close };
};

const runRound = async (round: Round): Promise<KillRound> => {
  const { outbox, seed, writesPerSecond, db, relays } = round;
  const writers = startWriters({ outbox, seed, writesPerSecond });
  const startedMs = performance.now();
  let takeoversMs: number[];
  try {
    takeoversMs = await killSome(round);
  } finally {
    await writers.stop();
  }
  const perSecond = (writers.committed.length * 1_000) / (performance.now() - startedMs);
  await eventually(async () => {
    const left = await outboxOf(db).countDocuments({ acknowledgedAt: null });
    if (left > 0) throw new Error(`${left} rows are not acknowledged: ${relays.said()}`);
  }, WITHIN_MS);
  const arrivals = await readStream(round.kinesis, round.things);
  return { ...(await publishedEvents(db, arrivals)), takeoversMs, writesPerSecond: perSecond };
};

/** Kills the leader at a random moment; in some rounds its successor, too, which yet another one follows. */
const killSome = async ({ seed, relays, db }: Round): Promise<number[]> => {
  const random = randomFor(seed, 'kills');
  const takeoversMs: number[] = [];
  const kills = random() < 0.3 ? 2 : 1;
  let leader = await relays.leader();
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(random() * LATEST_KILL_MS);
    if (kill + 1 < kills) relays.start();
    const killedMs = performance.now();
    await relays.kill(leader.relay);
    leader = await relays.leader(leader.epoch);
    takeoversMs.push(performance.now() - killedMs);
  }
  const acknowledged = () => outboxOf(db).countDocuments({ acknowledgedAt: { $ne: null } });
  const before = await acknowledged();
  await eventually(async () => {
    const now = await acknowledged();
    if (now <= before) throw new Error(`the successor acknowledges nothing (${now}): ${relays.said()}`);
  }, WITHIN_MS);
  return takeoversMs;
};
