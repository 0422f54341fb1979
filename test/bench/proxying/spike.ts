import { compared, type Figure, measured } from '../figure.ts';
import { startBanyan, withUpstreams } from './contenders.ts';
import type { LoadResult } from './load-child.ts';
import { peakDuring } from './memory.ts';
import { residentMib } from './processor-time.ts';
import { runLoad } from './run-load.ts';
import type { SpeedOptions } from './speed.ts';

const TIMES = 100;
const SPIKE_CONNECTIONS = 256;

/**
 * A route that gets a hundred times its requests from one second to the next, up to half of what the proxy can do, and
 * what the users of another route notice.
 */
export const spikeFigures = ({ rounds, ms, say }: SpeedOptions): Promise<Figure[]> =>
  withUpstreams(async (upstreams) => {
    const banyan = await startBanyan(upstreams);
    try {
      const { port, pid } = banyan;
      const most = await runLoad({ port, connections: 32, until: { ms } });
      const peakRate = Math.round((most.requests * 500) / most.elapsedMs);
      say(`one route goes from ${Math.round(peakRate / TIMES)} to ${peakRate} requests/s`);
      const other = () =>
        runLoad({ port, connections: 4, until: { ms }, requestsPerSecond: 100, path: '/names/' });
      const at = (requestsPerSecond: number) => () =>
        runLoad({ port, connections: SPIKE_CONNECTIONS, until: { ms }, requestsPerSecond });
      const rests: LoadResult[] = [];
      const spikes: LoadResult[][] = [];
      const beforeMib = residentMib(pid);
      let peakMib = 0;
      for (let round = 0; round < rounds; round++) {
        const [rest] = await Promise.all([other(), at(peakRate / TIMES)()]);
        rests.push(rest);
        const spike = async () => spikes.push(await Promise.all([other(), at(peakRate)()]));
        peakMib = Math.max(peakMib, await peakDuring(pid, spike));
      }
      const errors = spikes.map((both) => both.reduce((sum, { serverErrors }) => sum + serverErrors, 0));
      return [
        measured({
          figure: 'a spike of 100 ×: answers of 500 and above',
          unit: '',
          values: errors,
          goal: { atMost: 0 },
        }),
        compared({
          figure: 'a spike of 100 ×: p99 of another route',
          unit: 'ms',
          values: spikes.map(([one]) => one?.p99Ms ?? Number.NaN),
          against: 'p99 without it',
          peerValues: rests.map(({ p99Ms }) => p99Ms),
          goal: { atMost: 2 },
        }),
        measured({
          figure: 'a spike of 100 ×: memory more than before',
          unit: 'MiB',
          values: [peakMib - beforeMib],
        }),
      ];
    } finally {
      await banyan.stop();
    }
  });
