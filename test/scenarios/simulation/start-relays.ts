import { CaptureFeed } from '../../../services/outbox/capture/capture-feed.ts';
import { plainEventType } from '../../../services/outbox/entity-change.ts';
import { MemoryLease } from '../../../services/outbox/memory-lease.ts';
import type { OutboxFeed, PendingRow } from '../../../services/outbox/outbox-feed.ts';
import type { RelayLease } from '../../../services/outbox/relay-lease.ts';
import {
  acknowledgedByRange,
  followedById,
  savedAsRead,
  tokenPerChange,
  unfenced,
  unswept,
} from './mutated-parts.ts';
import { randomFor } from './random.ts';
import { relic } from './simulated-database.ts';
import { SimulatedRelay } from './simulated-relay.ts';
import type { WorldParts } from './world-parts.ts';

const LEASE_TTL_MS = 2_500;
const CAPTURES = 2;

/** Starts the relays of the outbox and the captures of the relics, which each have a lease among them. */
export const startRelays = async (parts: WorldParts): Promise<SimulatedRelay[]> => {
  const outbox = outboxOf(parts);
  const captures = new MemoryLease({ clock: parts.clock, ttlMs: LEASE_TTL_MS });
  for (const lease of [outbox.lease, captures]) await beginAt(lease, '0');
  const relays: SimulatedRelay[] = [];
  for (let at = 0; at < parts.schedule.relays; at += 1) {
    relays.push(relay(`outbox-${at}`, outbox.feed, outbox.lease, parts));
  }
  for (let at = 0; at < CAPTURES; at += 1) {
    relays.push(relay(`capture-${at}`, captureFeed(parts), captures, parts));
  }
  return relays;
};

const outboxOf = (parts: WorldParts): { feed: OutboxFeed; lease: RelayLease } => {
  const { clock, history, mutant, database } = parts;
  const { outbox, rows } = database;
  const lease = new MemoryLease({ clock, ttlMs: LEASE_TTL_MS });
  const feed = parts.withoutSweeper ? unswept(outbox) : outbox;
  switch (mutant) {
    case 'cursor-by-id':
      return { feed: followedById(feed, rows, clock), lease };
    case 'acknowledge-by-range':
      return { feed: acknowledgedByRange(feed, rows), lease };
    case 'token-before-acknowledgement':
      return savedAsRead(feed, lease);
    case 'token-without-lease':
      return { feed, lease: unfenced(lease, (token) => history.saved('outbox', Number(token))) };
    default:
      return { feed, lease };
  }
};

const captureFeed = ({ clock, database, mutant }: WorldParts): OutboxFeed => {
  const options = { clock, entity: relic, typeOf: plainEventType(relic), source: '/simulation' };
  if (mutant !== 'token-inside-transaction') {
    return new CaptureFeed({ changes: database.relicChanges, ...options });
  }
  return tokenPerChange(database.relicChanges, (changes) => new CaptureFeed({ changes, ...options }));
};

const relay = (name: string, feed: OutboxFeed, lease: RelayLease, parts: WorldParts): SimulatedRelay => {
  const { clock, history, kinesis, quarantine, conditions, database, schedule, mutant } = parts;
  const laneOf = (row: PendingRow) => `${row.key}/${row.id}`;
  return new SimulatedRelay({
    ...{ name, feed, lease, quarantine, clock, history, stream: kinesis },
    random: randomFor(schedule.noise, name),
    failures: () => conditions.mongoFailures(),
    onFollowedFromNow: () => {
      for (const { id } of database.rows) history.outOfTurn(id);
    },
    ...(mutant === 'resend-only-failed' ? { laneOf } : {}),
  });
};

/** The first leader begins here, before anything was written. */
const beginAt = async (lease: RelayLease, token: string): Promise<void> => {
  const grant = await lease.acquire('nobody');
  if (grant) await lease.release(grant, token);
};
