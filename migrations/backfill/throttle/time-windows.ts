import { UsageError } from '../../../services/core/index.ts';
import type { Delay, Throttle } from './throttle.ts';

/** A daily span in which a copy may write; minutes since midnight UTC, and it may pass midnight. */
export interface TimeWindow {
  readonly text: string;
  readonly fromMinute: number;
  readonly toMinute: number;
}

const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;

/** Reads `22:00-06:00`. @throws UsageError */
export const parseTimeWindow = (text: string): TimeWindow => {
  const found = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!found) throw new UsageError(`a time window is two times of day in UTC, 22:00-06:00, not ${text}`);
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = found.slice(1).map(Number);
  return { text, fromMinute: fromHour * 60 + fromMinute, toMinute: toHour * 60 + toMinute };
};

/** How long until one of the windows is open; 0 while one is. */
const untilOpenMs = (windows: readonly TimeWindow[], nowMs: number): number => {
  const minute = (nowMs / MINUTE_MS) % DAY_MINUTES;
  return Math.min(...windows.map((window) => untilOpenMinutes(window, minute))) * MINUTE_MS;
};

/** Two equal times are a whole day. */
const untilOpenMinutes = ({ fromMinute, toMinute }: TimeWindow, minute: number): number => {
  const length = (toMinute - fromMinute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const since = (minute - fromMinute + DAY_MINUTES) % DAY_MINUTES;
  return since < length ? 0 : DAY_MINUTES - since;
};

/** Lets a copy write only in certain hours of the day. */
export class TimeWindows implements Throttle {
  readonly #windows: readonly TimeWindow[];

  /** `windows`: Required, at least one. */
  constructor(windows: readonly TimeWindow[]) {
    this.#windows = windows;
  }

  delay(nowMs: number): Delay | undefined {
    const ms = untilOpenMs(this.#windows, nowMs);
    if (ms === 0) return undefined;
    return { ms, reason: `only between ${this.#windows.map(({ text }) => text).join(', ')} UTC` };
  }
}
