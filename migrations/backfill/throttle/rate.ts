import { UsageError } from '../../../services/core/index.ts';
import type { BatchSize } from './throttle.ts';

export const RATE_UNITS = ['documents', 'bytes', 'write units'] as const;
export type RateUnit = (typeof RATE_UNITS)[number];

/** So much a second. */
export interface Rate {
  readonly perSecond: number;
  readonly unit: RateUnit;
}

const SUFFIXES: { readonly [suffix: string]: { readonly unit: RateUnit; readonly factor: number } } = {
  '': { unit: 'documents', factor: 1 },
  d: { unit: 'documents', factor: 1 },
  b: { unit: 'bytes', factor: 1 },
  kb: { unit: 'bytes', factor: 1_000 },
  mb: { unit: 'bytes', factor: 1_000_000 },
  wu: { unit: 'write units', factor: 1 },
};

/**
 * Reads `500` (documents a second), `5MB`, `64kb`, `200wu` (write units).
 * @throws UsageError
 */
export const parseRate = (text: string): Rate => {
  const [, number = '', suffix = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const known = SUFFIXES[suffix.toLowerCase()];
  const perSecond = Number(number) * (known?.factor ?? Number.NaN);
  if (known && perSecond > 0) return { perSecond, unit: known.unit };
  throw new UsageError(
    `a rate is a number above 0, of documents a second: 500; or of bytes or write units: 5MB, 64kB, 200wu; not ${text}`,
  );
};

/** `500 documents a second`. */
export const rateText = ({ perSecond, unit }: Rate): string =>
  `${Math.round(perSecond * 10) / 10} ${unit} a second`;

/** What a batch counts for in a rate's unit. */
export const amountIn = (unit: RateUnit, batch: BatchSize): number => {
  if (unit === 'documents') return batch.documents;
  return unit === 'bytes' ? batch.bytes() : batch.writeUnits();
};
