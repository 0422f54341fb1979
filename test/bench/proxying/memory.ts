import { compared, type Figure, measured } from '../figure.ts';
import { startBanyan, withUpstreams } from './contenders.ts';
import { residentMib } from './processor-time.ts';
import { runLoad } from './run-load.ts';

const SAMPLE_MS = 250;

/** The most memory that a process has while `work` is under way, sampled. */
export const peakDuring = async (pid: number, work: () => Promise<unknown>): Promise<number> => {
  let peak = residentMib(pid);
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentMib(pid));
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  return Math.max(peak, residentMib(pid));
};

/** Whether the proxy's memory grows with the requests that it has carried. */
export const memoryFigures = (requests: number): Promise<Figure[]> =>
  withUpstreams(async (upstreams) => {
    const banyan = await startBanyan(upstreams);
    const load = (share: number) => () =>
      runLoad({ port: banyan.port, connections: 32, until: { requests: Math.round(requests * share) } });
    try {
      const early = await peakDuring(banyan.pid, load(0.1));
      const late = await peakDuring(banyan.pid, load(0.9));
      const at = (share: number) => `peak RSS by ${(requests * share).toLocaleString('en-US')} requests`;
      return [
        measured({ figure: at(0.1), unit: 'MiB', values: [early] }),
        compared({
          figure: at(1),
          unit: 'MiB',
          values: [late],
          against: at(0.1),
          peerValues: [early],
          goal: { atMost: 1.25 },
        }),
      ];
    } finally {
      await banyan.stop();
    }
  });
