import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/**
 * Preloaded (`node --import`) into a process whose time is to run `BANYAN_TEST_HURRY` times as fast as the real one,
 * where what it talks to counts by the minute: both the date and what it sleeps.
 */
const factor = Number(process.env.BANYAN_TEST_HURRY);
const RealDate = Date;
const startedMs = RealDate.now();
const nowMs = () => startedMs + (RealDate.now() - startedMs) * factor;
globalThis.Date = class extends RealDate {
  static override now = nowMs;
  constructor(...given: [] | [string]) {
    super(...((given.length === 0 ? [nowMs()] : given) as [string]));
  }
} as DateConstructor;

const delay = timers.setTimeout;
timers.setTimeout = ((ms = 0, value, options) =>
  delay(Math.ceil(ms / factor), value, options)) as typeof delay;
syncBuiltinESMExports();
