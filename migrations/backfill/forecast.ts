import type { SinkCapacity } from '../moves/plan.ts';
import type { Partition } from './source.ts';

/** What was measured on a sample, and what the source says of itself. */
export interface Measurements {
  readonly documents: number;
  /** Of the source's documents, as it stores them. */
  readonly sourceBytes: number;
  readonly sample: {
    readonly documents: number;
    readonly rejected: number;
    readonly bytes: number;
    readonly writeUnits: number;
    readonly readMs: number;
    readonly transformMs: number;
  };
}

/** One thing that a copy cannot be faster than. */
export interface Limit {
  readonly name: string;
  readonly documentsPerSecond: number;
}

export interface Forecast {
  readonly documents: number;
  readonly sourceBytes: number;
  /** Expected in the sink, and expected to be rejected. */
  readonly records: number;
  readonly rejected: number;
  readonly sinkBytes: number;
  readonly writeUnits?: number;
  readonly dollars?: number;
  readonly batches?: number;
  /** Of the source, for batches of documents. */
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** The tightest limit. */
  readonly limitedBy: string;
  readonly limits: readonly Limit[];
}

export interface ForecastOptions {
  readonly batchSize: number;
  /** Required. Partitions that are read at once. */
  readonly readers: number;
  /** Absent: nothing is known of what the sink takes. */
  readonly capacity?: SinkCapacity | undefined;
  /** Absent: none was asked for. Documents a second. */
  readonly maxRate?: number | undefined;
}

/** How long a copy will take, what it costs, and what limits it, as far as a sample tells. */
export const forecast = (measured: Measurements, options: ForecastOptions): Forecast => {
  const { documents, sourceBytes, sample } = measured;
  const share = (part: number): number => (sample.documents === 0 ? 0 : part / sample.documents);
  const limits = limitsOf(measured, options).toSorted((a, b) => a.documentsPerSecond - b.documentsPerSecond);
  const [tightest = { name: 'nothing', documentsPerSecond: Number.POSITIVE_INFINITY }] = limits;
  const seconds = documents / tightest.documentsPerSecond;
  const rejected = Math.round(documents * share(sample.rejected));
  return {
    documents,
    sourceBytes,
    records: documents - rejected,
    rejected,
    sinkBytes: Math.round(documents * share(sample.bytes)),
    ...costOf(measured, options.capacity),
    requestsPerSecond: seconds === 0 ? 0 : documents / options.batchSize / seconds,
    seconds,
    limitedBy: tightest.name,
    limits,
  };
};

const limitsOf = (measured: Measurements, options: ForecastOptions): Limit[] => {
  const { sample } = measured;
  const perSecond = (ms: number) => (sample.documents / Math.max(ms, 0.01)) * 1_000;
  const { capacity, maxRate, readers } = options;
  const unitsPerDocument = unitsOf(measured, capacity) / Math.max(1, measured.documents);
  return [
    {
      name: `reading (${readers} partitions at once)`,
      documentsPerSecond: perSecond(sample.readMs) * readers,
    },
    { name: 'transforming (one processor)', documentsPerSecond: perSecond(sample.transformMs) },
    ...(capacity?.unitsPerSecond && unitsPerDocument > 0
      ? [{ name: capacity.limit, documentsPerSecond: capacity.unitsPerSecond / unitsPerDocument }]
      : []),
    ...(maxRate ? [{ name: '--max-rate', documentsPerSecond: maxRate }] : []),
  ].filter(({ documentsPerSecond }) => documentsPerSecond > 0);
};

/** How many of the sink's own units the whole copy takes. */
const unitsOf = ({ documents, sample }: Measurements, capacity: SinkCapacity | undefined): number => {
  if (!capacity || sample.documents === 0) return 0;
  if (capacity.unit === 'write units') return (documents * sample.writeUnits) / sample.documents;
  const bytes = (documents * sample.bytes) / sample.documents;
  return Math.max(
    documents / capacity.documentsPerBatch,
    bytes / (capacity.bytesPerBatch ?? Number.POSITIVE_INFINITY),
  );
};

const costOf = (
  measured: Measurements,
  capacity: SinkCapacity | undefined,
): Pick<Forecast, 'writeUnits' | 'dollars' | 'batches'> => {
  if (!capacity) return {};
  const units = Math.ceil(unitsOf(measured, capacity));
  if (capacity.unit === 'batches') return { batches: units };
  const { dollarsPerMillion } = capacity;
  return {
    writeUnits: units,
    ...(dollarsPerMillion === undefined ? {} : { dollars: (units / 1_000_000) * dollarsPerMillion }),
  };
};

/** How unequal partitions are: by how much the largest exceeds an even share of its bracket's documents. */
export const imbalanceOf = (partitions: readonly Partition[]): number => {
  const byType = Map.groupBy(partitions, ({ bsonType }) => bsonType);
  let worst = 0;
  for (const parts of byType.values()) {
    const total = parts.reduce((sum, { estimated }) => sum + estimated, 0);
    const even = total / parts.length;
    if (even >= 1) worst = Math.max(worst, ...parts.map(({ estimated }) => estimated / even - 1));
  }
  return worst;
};
