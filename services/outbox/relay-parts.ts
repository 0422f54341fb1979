import type { Clock } from '../core/index.ts';
import type { Quarantine } from '../stream/quarantine.ts';
import type { EventStream } from './event-stream.ts';
import type { OutboxFeed } from './outbox-feed.ts';
import type { ObserveRelay } from './relay-event.ts';
import type { RelayLease } from './relay-lease.ts';
import type { RelaySettings } from './relay-settings.ts';

/** What a relay works with; all of it required. */
export interface RelayParts {
  /** The outbox. */
  readonly feed: OutboxFeed;
  /** Who leads; `ttlMs` as in the settings. */
  readonly lease: RelayLease;
  /** Where the events go. */
  readonly stream: EventStream;
  /** For what no stream will ever take. */
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** `relaySettings()`, for the defaults. */
  readonly settings: RelaySettings;
  /** For logs and metrics. */
  readonly observe: ObserveRelay;
}
