import { compared, type Figure, measured } from '../figure.ts';
import { alternate } from '../rounds.ts';
import { startBanyan, withUpstreams } from './contenders.ts';
import type { LoadResult } from './load.ts';
import { peakDuring } from './memory.ts';
import { residentMib } from './processor-time.ts';
import { runLoad, runPaced, warmAtPace } from './run-load.ts';
import type { SpeedOptions } from './speed.ts';

const TIMES = 100;
const SPIKE_CONNECTIONS = 256;
/** So long a load is warmed before its first phase is counted. */
const WARM_UP_MS = 2_000;

/** What another route's users and those of the spike had, without it and then with it. */
interface Round {
  readonly others: readonly [LoadResult, LoadResult];
  readonly spike: LoadResult;
}

/**
 * A route that gets a hundred times its requests from one second to the next, up to half of what the proxy can do, and
 * what the users of another route notice; and what they notice when the spike passes the proxy by, which is the share of
 * the load and the upstreams on their common processor.
 */
export const spikeFigures = ({ rounds, ms, say }: SpeedOptions): Promise<Figure[]> =>
  withUpstreams(async (upstreams) => {
    const banyan = await startBanyan(upstreams);
    try {
      const { port, pid } = banyan;
      const most = await runLoad({ port, connections: SPIKE_CONNECTIONS, until: { ms } });
      const peakRate = Math.round((most.requests * 500) / most.elapsedMs);
      say(`one route goes from ${Math.round(peakRate / TIMES)} to ${peakRate} requests/s`);
      const phases = (rest: number, then: number) => [
        { ms: WARM_UP_MS, requestsPerSecond: rest },
        { ms, requestsPerSecond: rest },
        { ms, requestsPerSecond: then },
      ];
      const spikeOn = (spiked: number) => async (): Promise<Round> => {
        const [others, spike] = await Promise.all([
          runPaced({ port, connections: 4, phases: phases(100, 100), path: '/names/' }),
          runPaced({
            port: spiked,
            connections: SPIKE_CONNECTIONS,
            phases: phases(peakRate / TIMES, peakRate),
            path: '/profiles/',
          }),
        ]);
        const [, without, within] = others as [LoadResult, LoadResult, LoadResult];
        return { others: [without, within], spike: spike.at(-1) as LoadResult };
      };
      const beforeMib = residentMib(pid);
      let peakMib = 0;
      const watched = (work: () => Promise<Round>) => async (): Promise<Round> => {
        let round: Round | undefined;
        const peak = await peakDuring(pid, async () => {
          round = await work();
        });
        peakMib = Math.max(peakMib, peak);
        return round as Round;
      };
      await warmAtPace({ port, connections: SPIKE_CONNECTIONS, requestsPerSecond: peakRate });
      const { through, beside } = await alternate(rounds, {
        through: watched(spikeOn(port)),
        beside: spikeOn(upstreams.control),
      });
      for (const [name, all] of Object.entries({ through, beside }))
        say(`p99 of another route, the spike ${name} the proxy: ${all.map(lineOf).join(', ')}`);
      const p99OfOthers = (all: readonly Round[], at: 0 | 1) => all.map(({ others }) => others[at].p99Ms);
      const errors = through.map(({ others, spike }) => others[1].serverErrors + spike.serverErrors);
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
          values: p99OfOthers(through, 1),
          against: 'p99 without it',
          peerValues: p99OfOthers(through, 0),
          goal: { atMost: 2 },
        }),
        compared({
          figure: 'the same spike past the proxy: p99 of another route',
          unit: 'ms',
          values: p99OfOthers(beside, 1),
          against: 'p99 without it',
          peerValues: p99OfOthers(beside, 0),
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

const lineOf = ({ others }: Round): string => others.map(({ p99Ms }) => p99Ms.toFixed(2)).join(' → ');
