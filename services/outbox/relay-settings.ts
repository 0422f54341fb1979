import * as z from 'zod';

const MIB = 1024 * 1024;
const backoff = (baseMs: number, capMs: number) =>
  z
    .strictObject({ baseMs: z.number().min(1).default(baseMs), capMs: z.number().min(1).default(capMs) })
    .prefault({});

/** How a relay works; every field has a default. */
export const relaySettingsSchema = z.strictObject({
  /** What one record may hold, key included: Kinesis' limit. A larger event goes to quarantine. */
  maxRecordBytes: z.int().min(1).default(MIB),
  /** What a key's waiting rows are joined up to: well below what a Lambda is handed at once. */
  maxJoinedBytes: z
    .int()
    .min(1)
    .default(MIB / 4),
  maxJoinedRows: z.int().min(1).default(100),
  maxBatchRecords: z.int().min(1).max(500).default(500),
  maxBatchBytes: z
    .int()
    .min(1)
    .default(5 * MIB),
  /** How long a record waits for company; saves requests when few rows come. Longer while full batches are in flight. */
  lingerMs: z.number().min(0).default(2),
  /** After a failure: whole jitter up to a bound that doubles up to the cap; never gives up. */
  backoff: backoff(50, 5_000),
  /** Requests to the streams at once. */
  maxRequests: z.int().min(1).default(4),
  /** Rows that are read and not acknowledged yet, at most (nearly); and the bytes of their events. */
  maxBufferedRows: z.int().min(1).default(10_000),
  maxBufferedBytes: z
    .int()
    .min(1)
    .default(64 * MIB),
  /** How long acknowledgements wait for company, and how many go together. */
  acknowledgeEveryMs: z.number().min(0).default(20),
  maxAcknowledged: z.int().min(1).default(2_000),
  /** The sweeper looks this often for rows that the stream has passed by this much and nobody acknowledged. */
  sweepEveryMs: z.number().min(1).default(5_000),
  sweepAfterMs: z.number().min(0).default(10_000),
  /** A leader renews, and saves its token, this often; without news for `leaseTtlMs` another one leads. */
  renewEveryMs: z.number().min(1).default(1_000),
  leaseTtlMs: z.number().min(1).default(3_000),
  /** How often a relay that stands by asks whether it may lead. */
  standByMs: z.number().min(1).default(500),
  /** After a term that ended by an error that may pass. */
  restart: backoff(200, 5_000),
});

/** How a relay works, with nothing left out. */
export type RelaySettings = z.infer<typeof relaySettingsSchema>;

/**
 * Settings with the defaults for what is not given.
 * @throws ZodError that lists every problem with its path.
 */
export const relaySettings = (given: z.input<typeof relaySettingsSchema> = {}): RelaySettings =>
  relaySettingsSchema.parse(given);
