import { messageOf } from '../../../../services/core/index.ts';
import { MemoryShardCheckpoints } from '../checkpoints/memory-shard-checkpoints.ts';
import { Doorbell } from '../doorbell.ts';
import type { MappingStatus } from '../event-source-mapping.ts';
import { LocalMappings, type LocalMappingsOptions } from './local-mappings.ts';

/** Clients of the emulator; checkpoints default to memory, `pollMs` to 1,000, the backoff to 100 ms up to 5 s. */
export interface StartEventSourceMappingsOptions
  extends Omit<LocalMappingsOptions, 'checkpoints' | 'pollMs' | 'backoff'>,
    Partial<Pick<LocalMappingsOptions, 'checkpoints' | 'pollMs' | 'backoff'>> {
  /** Optional: how often deployed mappings are looked for; defaults to 1,000 ms. */
  readonly discoverMs?: number;
}

/** How the deployed mappings go. */
export interface EventSourceMappingsStatus {
  readonly mappings: readonly MappingStatus[];
  /** Mappings that are deployed but do not run as they are, and why. */
  readonly problems: readonly { readonly mappingId: string; readonly problem: string }[];
  /** Why the deployed mappings could not be listed the last time. */
  readonly discoveryError: string | undefined;
}

/** Mappings that run, until they are stopped. */
export interface EventSourceMappings {
  status(): EventSourceMappingsStatus;
  /** Waits for what is being delivered. */
  stop(): Promise<void>;
}

/**
 * As often as Lambda itself. Not more often: the emulator keeps an iterator for five minutes, and each of its
 * Kinesis requests looks at all of them.
 */
const POLL_MS = 1_000;
const DISCOVER_MS = 1_000;
/** Retries that one does not wait a minute for. */
const BACKOFF = { firstMs: 100, mostMs: 5_000 };

/**
 * Runs every Kinesis mapping that an AWS emulator lists, from now on until `stop`. Deploy mappings with
 * `Enabled: false`, so that the emulator's own runtime leaves them alone. Checkpoints default to memory.
 */
export const startEventSourceMappings = (options: StartEventSourceMappingsOptions): EventSourceMappings => {
  const { pollMs = POLL_MS, backoff = BACKOFF, discoverMs = DISCOVER_MS } = options;
  const checkpoints = options.checkpoints ?? new MemoryShardCheckpoints();
  const mappings = new LocalMappings({ ...options, pollMs, backoff, checkpoints });
  const bell = new Doorbell(options.clock);
  let isStopping = false;
  let discoveryError: string | undefined;
  const run = async (): Promise<void> => {
    while (!isStopping) {
      try {
        await mappings.tick();
        discoveryError = undefined;
      } catch (thrown) {
        const error = messageOf(thrown);
        if (error !== discoveryError) options.log.warn({ error }, 'mappings cannot be listed');
        discoveryError = error;
      }
      await bell.wait(discoverMs);
    }
    await mappings.stop();
  };
  const running = run();
  return {
    status: () => ({ mappings: mappings.statuses(), problems: mappings.problems(), discoveryError }),
    stop: () => {
      isStopping = true;
      bell.ring();
      return running;
    },
  };
};
