import { UsageError } from '../../services/core/index.ts';

const UNITS_MS: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a time that a person typed, in milliseconds: `90s`, `10m`, `1h`, `2d`.
 * @throws UsageError when it is none, or longer than `maxMs`.
 */
export const parseDuration = (text: string, maxMs: number): number => {
  const [, digits, unit = ''] = /^(\d{1,6})(s|m|h|d)$/.exec(text.trim()) ?? [];
  const ms = Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= maxMs) return ms;
  throw new UsageError(
    ms > maxMs
      ? `"${text}" is too long: at most ${maxMs / 86_400_000}d`
      : `"${text}" is not a time: give a number and s, m, h or d, as 1h`,
  );
};
