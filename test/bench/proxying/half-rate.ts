import { type Figure, measured } from '../figure.ts';
import { alternate } from '../rounds.ts';
import { type Contender, contenderNames, startBanyan, startContender, withUpstreams } from './contenders.ts';
import type { LoadResult } from './load.ts';
import { runLoad, runPaced, warmAtPace } from './run-load.ts';
import type { SpeedOptions } from './speed.ts';

const CONNECTIONS = 32;
/** At a new pace, and with a new load, so long nothing is counted. */
const WARM_UP_MS = 2_000;

/**
 * How much later than straight from the upstream the slowest hundredth comes, at half of what our proxy can do in the same
 * round; and through nginx at the same pace, which shows what of it is the machine's, whose two processors all parts share.
 */
export const halfRateFigures = ({ rounds, ms, say }: SpeedOptions): Promise<Figure[]> =>
  withUpstreams(async (upstreams) => {
    const banyan = await startBanyan(upstreams);
    let nginx: Contender | undefined;
    try {
      if (contenderNames().includes('nginx')) nginx = await startContender('nginx', upstreams);
      const load = { port: banyan.port, connections: CONNECTIONS };
      await runLoad({ ...load, until: { ms: WARM_UP_MS } });
      const halfOfMost = async (): Promise<number> => {
        const most = await runLoad({ ...load, until: { ms } });
        return Math.round((most.requests * 500) / most.elapsedMs);
      };
      const paces: number[] = [];
      const at =
        (port: number) =>
        async (round: number): Promise<LoadResult> => {
          paces[round] ??= await halfOfMost();
          const requestsPerSecond = paces[round];
          const phases = [WARM_UP_MS, ms].map((each) => ({ ms: each, requestsPerSecond }));
          const [, counted] = await runPaced({ port, connections: CONNECTIONS, phases, path: '/profiles/' });
          return counted as LoadResult;
        };
      await warmAtPace({ ...load, requestsPerSecond: await halfOfMost() });
      const {
        straight,
        banyan: ours,
        nginx: theirs = [],
      } = await alternate<'straight' | 'banyan' | 'nginx', LoadResult>(rounds, {
        straight: at(upstreams.control),
        banyan: at(banyan.port),
        ...(nginx ? { nginx: at(nginx.port) } : ({} as { nginx: () => Promise<LoadResult> })),
      });
      say(`half of the maximum rate: ${paces.join(', ')} requests/s`);
      for (const [name, results] of Object.entries({ straight, banyan: ours, nginx: theirs }))
        say(`p99 at this pace: ${name} ${results.map(({ p99Ms }) => `${p99Ms.toFixed(2)} ms`).join(', ')}`);
      const added = (results: readonly LoadResult[], of: 'p50Ms' | 'p99Ms') =>
        results.map((one, round) => one[of] - (straight[round]?.[of] ?? Number.NaN));
      return [
        measured({ figure: 'added latency at half the rate, p50', unit: 'ms', values: added(ours, 'p50Ms') }),
        measured({
          figure: 'added latency at half the rate, p99',
          unit: 'ms',
          values: added(ours, 'p99Ms'),
          goal: { atMost: 2 },
        }),
        ...(nginx
          ? [
              measured({
                figure: 'added latency at this rate, p99, nginx',
                unit: 'ms',
                values: added(theirs, 'p99Ms'),
              }),
            ]
          : []),
      ];
    } finally {
      await banyan.stop();
      await nginx?.stop();
    }
  });
