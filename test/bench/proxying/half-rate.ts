import { type Figure, measured } from '../figure.ts';
import { alternate } from '../rounds.ts';
import { startBanyan, withUpstreams } from './contenders.ts';
import { runLoad } from './run-load.ts';
import type { SpeedOptions } from './speed.ts';

const CONNECTIONS = 32;

/** How much later than straight from the upstream the slowest hundredth comes, at half of what the proxy can do. */
export const halfRateFigures = ({ rounds, ms, say }: SpeedOptions): Promise<Figure[]> =>
  withUpstreams(async (upstreams) => {
    const banyan = await startBanyan(upstreams);
    try {
      const { port } = banyan;
      await runLoad({ port, connections: CONNECTIONS, until: { ms: 2_000 } });
      const most = await runLoad({ port, connections: CONNECTIONS, until: { ms } });
      const requestsPerSecond = Math.round((most.requests * 500) / most.elapsedMs);
      say(`half of the maximum rate: ${requestsPerSecond} requests/s`);
      const at = (target: number) => () =>
        runLoad({ port: target, connections: CONNECTIONS, until: { ms }, requestsPerSecond });
      const { straight, proxied } = await alternate(rounds, {
        straight: at(upstreams.control),
        proxied: at(port),
      });
      const added = (of: 'p50Ms' | 'p99Ms') =>
        proxied.map((one, round) => one[of] - (straight[round]?.[of] ?? 0));
      return [
        measured({ figure: 'added latency at half the rate, p50', unit: 'ms', values: added('p50Ms') }),
        measured({
          figure: 'added latency at half the rate, p99',
          unit: 'ms',
          values: added('p99Ms'),
          goal: { atMost: 2 },
        }),
      ];
    } finally {
      await banyan.stop();
    }
  });
