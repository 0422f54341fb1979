import { performance } from 'node:perf_hooks';

/** When each event arrived, by `eventName`: milliseconds since the Unix epoch, with fractions. */
export type ArrivalTimes = { readonly [eventName: string]: number };

/** Which change of which entity an event tells of. */
export const eventName = (event: { readonly subject: string; readonly version: string }): string =>
  `${event.subject}@${event.version}`;

/** The system's clock, as MongoDB on this machine reads it too, in finer steps. */
export const preciseNowMs = (): number => performance.timeOrigin + performance.now();
