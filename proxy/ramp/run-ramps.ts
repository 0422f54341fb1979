import { type Clock, messageOf, pause } from '../../services/core/index.ts';
import type { ControlLease } from '../../services/store/control-lease.ts';
import type { RampController, RampTicked } from './ramp-controller.ts';
import type { DialKind } from './traffic-dial.ts';

/** Where all controllers of a control store agree on who acts. */
export const rampLeaseKey = (scope: DialKind): string =>
  scope === 'proxy' ? 'lease:ramps' : `lease:${scope}/ramps`;
export const RAMP_LEASE_TTL_MS = 5_000;

/** Told what a controller does, for logs, metrics and hooks. It may not throw. */
export interface RampObserver {
  /** It leads from now on, or no longer. */
  led(leads: boolean): void;
  ticked(ticked: RampTicked): void;
  /** A look failed as a whole, as when the control store is away: nothing advances, and it is tried again. */
  failed(message: string): void;
}

/** Looks at all ramps once a tick while this process leads, until `signal` aborts; then lets another lead. */
export const runRamps = async (options: {
  controller: RampController;
  lease: ControlLease;
  observe: RampObserver;
  clock: Clock;
  tickMs: number;
  signal: AbortSignal;
}): Promise<void> => {
  const { controller, lease, observe, clock, tickMs, signal } = options;
  let led = false;
  const lead = (leads: boolean) => {
    if (leads !== led) observe.led(leads);
    led = leads;
  };
  while (!signal.aborted) {
    try {
      lead((await lease.hold()) !== undefined);
      if (led) {
        const { ramps, trouble } = await controller.tick(() => lease.leads);
        for (const ticked of ramps) observe.ticked(ticked);
        if (trouble !== undefined) observe.failed(trouble);
      }
    } catch (thrown) {
      observe.failed(messageOf(thrown));
      lead(lease.leads);
    }
    await pause(clock, tickMs, signal);
  }
  const notReleased = await lease.release();
  if (notReleased !== undefined) observe.failed(notReleased);
  lead(false);
};
