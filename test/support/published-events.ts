import type { Db } from 'mongodb';
import { parseEvents } from '../../services/core/index.ts';
import { outboxOf, type StreamEntry } from '../../services/outbox/index.ts';

/** What became of an outbox's events on the streams. */
export interface PublishedEvents {
  readonly events: number;
  /** Committed, and not on the streams. */
  readonly lost: readonly string[];
  /** On the streams, and not committed. */
  readonly invented: readonly string[];
  /** Keys whose events arrived, for the first time each, in another order than that of their versions. */
  readonly disordered: readonly string[];
  /** Arrivals of events that were there already. */
  readonly repeats: number;
  readonly unacknowledged: number;
}

/** The same for an outbox of which nothing was lost. */
export const NOTHING_LOST = { lost: [], invented: [], disordered: [], unacknowledged: 0 } as const;

/** Holds all rows of an outbox against the arrivals on its streams: each shard's in order, parents before children. */
export const publishedEvents = async (db: Db, arrivals: readonly StreamEntry[]): Promise<PublishedEvents> => {
  const committed = new Map<string, Set<string>>();
  let events = 0;
  let unacknowledged = 0;
  for await (const row of outboxOf(db).find({}, { readConcern: { level: 'majority' } })) {
    events += 1;
    if (!row.acknowledgedAt) unacknowledged += 1;
    for (const { version } of parseEvents(row.event)) of(committed, row.key).add(version);
  }
  const arrived = new Map<string, Set<string>>();
  let repeats = 0;
  for (const { key, data } of arrivals) {
    for (const { version } of parseEvents(data)) {
      if (of(arrived, key).has(version)) repeats += 1;
      of(arrived, key).add(version);
    }
  }
  return {
    events,
    lost: missingFrom(arrived, committed),
    invented: missingFrom(committed, arrived),
    disordered: [...arrived].filter(([, versions]) => !isRising([...versions])).map(([key]) => key),
    repeats,
    unacknowledged,
  };
};

const of = (versions: Map<string, Set<string>>, key: string): Set<string> => {
  const known = versions.get(key);
  if (known) return known;
  const made = new Set<string>();
  versions.set(key, made);
  return made;
};

const missingFrom = (there: Map<string, Set<string>>, wanted: Map<string, Set<string>>): string[] =>
  [...wanted].flatMap(([key, versions]) =>
    [...versions].filter((version) => !there.get(key)?.has(version)).map((version) => `${key} ${version}`),
  );

const isRising = (versions: readonly string[]): boolean =>
  versions.every((version, at) => at === 0 || Number(versions[at - 1]) < Number(version));
