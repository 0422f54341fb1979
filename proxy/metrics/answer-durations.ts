import { Histogram, type MetricObjectWithValues, type MetricValueWithName, type Registry } from 'prom-client';
import type { AnswerCounts } from './answer-counts.ts';
import { LATENCY_BOUNDS_MS } from './readings.ts';

type Label = 'route' | 'side' | 'le';
type Read = MetricObjectWithValues<MetricValueWithName<Label>>;

/** Nothing but data: a worker's metrics are sent to the first process. */
const KIND = { type: 'histogram', aggregator: 'sum' };

/** A histogram that nobody tells of an answer: it has what was counted when it is read. */
class AnswerDurations extends Histogram<Label> {
  readonly #about: Pick<Read, 'name' | 'help'>;
  readonly #answers: AnswerCounts;

  constructor(options: { name: string; help: string; registry: Registry; answers: AnswerCounts }) {
    const { name, help, registry, answers } = options;
    super({ name, help, labelNames: ['route', 'side'], registers: [registry] });
    this.#about = { name, help };
    this.#answers = answers;
  }

  override async get(): Promise<Read> {
    const { name } = this.#about;
    const values = [...this.#answers.all()].flatMap(({ route, side, counts }) => {
      const { withinBounds } = counts.totals();
      const value = (part: string, of: number, bound: { le?: string } = {}) => ({
        metricName: `${name}_${part}`,
        labels: { ...bound, route, side },
        value: of,
      });
      return [
        ...withinBounds.map((count, at) => value('bucket', count, { le: boundAt(at) })),
        value('sum', counts.sumMs / 1_000),
        value('count', withinBounds.at(-1) ?? 0),
      ];
    });
    return { ...this.#about, ...KIND, values } as unknown as Read;
  }

  /** A registry that writes text asks for this first. */
  getForPromString(): Promise<Read> {
    return this.get();
  }
}

const boundAt = (at: number): string => {
  const boundMs = LATENCY_BOUNDS_MS[at];
  return boundMs === undefined ? '+Inf' : String(boundMs / 1_000);
};

/** Makes the histogram of how long answers took. */
export const registerDurations = (registry: Registry, answers: AnswerCounts): void => {
  new AnswerDurations({
    name: 'banyan_proxy_request_duration_seconds',
    help: 'From a request to the end of its answer, by route and the side it belonged to.',
    registry,
    answers,
  });
};
