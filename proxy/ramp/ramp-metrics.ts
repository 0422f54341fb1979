import { Counter, Gauge, type Registry } from 'prom-client';

/** What a ramp controller counts about itself. */
export interface RampMetrics {
  led(leads: boolean): void;
  /** A look at one ramp; `failed`: at none, since the control store is away. */
  ticked(outcome: 'ok' | 'trouble' | 'failed'): void;
  hooked(outcome: 'told' | 'failed'): void;
}

export const rampMetrics = (registry: Registry): RampMetrics => {
  const registers = [registry];
  const leader = new Gauge({
    name: 'banyan_ramp_leader',
    help: '1 while this process acts on ramps.',
    registers,
  });
  const looks = new Counter({
    name: 'banyan_ramp_looks_total',
    help: 'Looks at a ramp that is under way, by how they went.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const hooks = new Counter({
    name: 'banyan_ramp_hook_total',
    help: 'Events that the hook was told, or could not be.',
    labelNames: ['outcome'] as const,
    registers,
  });
  return {
    led: (leads) => leader.set(leads ? 1 : 0),
    ticked: (outcome) => looks.inc({ outcome }),
    hooked: (outcome) => hooks.inc({ outcome }),
  };
};
