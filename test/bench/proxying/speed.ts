import { compared, type Figure, type Goal, measured } from '../figure.ts';
import { alternate } from '../rounds.ts';
import {
  type Contender,
  type ContenderName,
  contenderNames,
  startContender,
  withUpstreams,
} from './contenders.ts';
import { processorMicros } from './processor-time.ts';
import { runLoad } from './run-load.ts';

export interface SpeedOptions {
  readonly rounds: number;
  /** Of each round. */
  readonly ms: number;
  readonly say: (line: string) => void;
}

/** One round of one contender. */
interface Round {
  readonly requestsPerSecond: number;
  /** Of the proxy's own processor time. */
  readonly microsPerRequest: number;
  readonly p99Ms: number;
}

type Rounds = Partial<Record<ContenderName, Round[]>>;

const WARM_UP_MS = 2_000;

const round = async ({ pid, port }: Contender, connections: number, ms: number): Promise<Round> => {
  const before = processorMicros(pid);
  const { requests, elapsedMs, p99Ms } = await runLoad({ port, connections, until: { ms } });
  const microsPerRequest = (processorMicros(pid) - before) / requests;
  return { requestsPerSecond: (requests * 1_000) / elapsedMs, microsPerRequest, p99Ms };
};

/** How many requests, at what cost and how late, of every proxy before the same upstreams, round by round in turn. */
export const speedFigures = ({ rounds, ms, say }: SpeedOptions): Promise<Figure[]> =>
  withUpstreams(async (upstreams) => {
    const running = new Map<ContenderName, Contender>();
    try {
      for (const name of contenderNames()) running.set(name, await startContender(name, upstreams));
      const figures: Figure[] = [];
      for (const connections of [32, 128]) {
        for (const [name, contender] of running) {
          say(`${connections} connections: warming ${name}`);
          await runLoad({ port: contender.port, connections, until: { ms: WARM_UP_MS } });
        }
        const contenders = Object.fromEntries(
          [...running].map(([name, contender]) => [name, () => round(contender, connections, ms)]),
        );
        const results: Rounds = await alternate(rounds, contenders);
        for (const [name, all] of Object.entries(results))
          say(`${connections} connections: ${name} ${lineOf(all)}`);
        figures.push(...figuresAt(connections, results));
      }
      return figures;
    } finally {
      for (const contender of running.values()) await contender.stop();
    }
  });

const lineOf = (rounds: readonly Round[]): string =>
  rounds
    .map(
      ({ requestsPerSecond, microsPerRequest, p99Ms }) =>
        `${Math.round(requestsPerSecond)}/s ${Math.round(microsPerRequest)} µs ${p99Ms.toFixed(1)} ms`,
    )
    .join(', ');

const UNITS = { requestsPerSecond: 'requests/s', microsPerRequest: 'µs CPU', p99Ms: 'ms p99' } as const;
type Quantity = keyof typeof UNITS;

/** What ours has to reach, against whom. */
const GOALS: readonly (readonly [ContenderName, Quantity, ContenderName, Goal])[] = [
  ['banyan', 'requestsPerSecond', 'http-proxy-middleware in Express', { atLeast: 2.2 }],
  ['banyan', 'microsPerRequest', 'http-proxy-middleware in Express', { atMost: 0.45 }],
  ['banyan', 'p99Ms', 'http-proxy-middleware in Express', { atMost: 0.7 }],
  ['banyan', 'requestsPerSecond', '@fastify/http-proxy', { atLeast: 1 }],
  ['banyan', 'requestsPerSecond', 'fast-proxy on undici', { atLeast: 0.95 }],
  ['banyan', 'microsPerRequest', 'nginx', { atMost: 3.5 }],
  ['banyan with hooks', 'requestsPerSecond', 'http-proxy-middleware', { atLeast: 0.85 }],
];

const figuresAt = (connections: number, results: Rounds): Figure[] => {
  const figure = (name: string) => `${name}, ${connections} connections`;
  const shown = (Object.entries(results) as [ContenderName, Round[]][]).flatMap(([name, all]) =>
    (Object.keys(UNITS) as Quantity[]).map((quantity) =>
      measured({ figure: figure(name), unit: UNITS[quantity], values: all.map((one) => one[quantity]) }),
    ),
  );
  const judged = GOALS.flatMap(([name, quantity, against, goal]) => {
    const [own, peer] = [results[name], results[against]];
    if (!own || !peer) return [];
    return compared({
      figure: figure(name),
      unit: UNITS[quantity],
      values: own.map((one) => one[quantity]),
      against,
      peerValues: peer.map((one) => one[quantity]),
      goal,
    });
  });
  return [...shown, ...judged];
};
