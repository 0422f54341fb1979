import { z } from 'zod';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const time = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'is a time of day in UTC, as 09:30');

/** When a ramp may advance, in UTC. Guards watch, and turn back, at any time. */
export const scheduleSchema = z
  .strictObject({
    /** Optional: defaults to every day. `['mon', 'tue']` */
    days: z.array(z.enum(DAYS)).min(1).optional(),
    /** Optional: defaults to 00:00. */
    from: time.default('00:00'),
    /** Optional: defaults to 24:00, the end of the day. */
    to: time.default('24:00'),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'is after `from`, on the same day' });

export type RampSchedule = z.infer<typeof scheduleSchema>;

/** Whether a ramp may advance at that moment; without a schedule it always may. */
export const isOpen = (schedule: RampSchedule | undefined, nowMs: number): boolean => {
  if (!schedule) return true;
  const day = DAYS[new Date(nowMs).getUTCDay()];
  if (schedule.days && day && !schedule.days.includes(day)) return false;
  const minute = Math.floor((nowMs % DAY_MS) / MINUTE_MS);
  return minute >= minutesOf(schedule.from) && minute < minutesOf(schedule.to);
};

/** The schedule as people say it. */
export const scheduleText = ({ days, from, to }: RampSchedule): string =>
  `${days ? days.join(', ') : 'every day'} from ${from} to ${to} UTC`;

const minutesOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
};
