import { systemClock } from '../../services/core/index.ts';
import { MemoryLease } from '../../services/outbox/index.ts';
import { describeRelayLease } from './relay-lease-contract.ts';

describeRelayLease('memory', async () => {
  const shared = new MemoryLease({ clock: systemClock, ttlMs: 0 });
  return {
    open: (ttlMs) => new MemoryLease({ clock: systemClock, ttlMs, shared }),
    close: async () => undefined,
  };
});
