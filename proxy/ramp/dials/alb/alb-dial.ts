import type { DialChange, DialReading, TrafficDial } from '../../traffic-dial.ts';
import type { ProxyDial } from '../proxy-dial.ts';
import { percentOf, targetWeightsOf } from './target-weights.ts';
import type { WeightedRule } from './weighted-rule.ts';

/**
 * A load balancer's weights as a dial. Rules know no compare-and-set: who turned the dial first is decided in the
 * control store, and whoever was slow writes what is there now, so that the rule ends as the store says. What is
 * read is what the rule does.
 */
export class AlbDial implements TrafficDial {
  readonly #record: Pick<ProxyDial, 'read' | 'set' | 'history'>;
  readonly #ruleOf: (route: string) => WeightedRule;

  constructor(options: {
    /** What operators wanted, with its history. */
    record: Pick<ProxyDial, 'read' | 'set' | 'history'>;
    ruleOf(route: string): WeightedRule;
  }) {
    this.#record = options.record;
    this.#ruleOf = options.ruleOf;
  }

  async read(route: string): Promise<DialReading> {
    const [wanted, weights] = await Promise.all([
      this.#record.read(nameOf(route)),
      this.#ruleOf(route).read(),
    ]);
    const weightPercent = percentOf(weights);
    if (weightPercent === wanted.weightPercent) return wanted;
    const why = `the listener rule was changed elsewhere; ${wanted.weightPercent} % was set here`;
    return { ...wanted, weightPercent, by: '', why };
  }

  async set(route: string, change: DialChange): Promise<DialReading> {
    const weights = targetWeightsOf(change.weightPercent);
    // A rollback reaches the users before the books.
    if (change.expectedRevision === 'any') await this.#ruleOf(route).write(weights);
    await this.#record.set(nameOf(route), change);
    return this.#follow(route);
  }

  /** The newest `limit` changes of a route, newest first. */
  history(route: string, limit: number): ReturnType<ProxyDial['history']> {
    return this.#record.history(nameOf(route), limit);
  }

  async #follow(route: string): Promise<DialReading> {
    const wanted = await this.#record.read(nameOf(route));
    await this.#ruleOf(route).write(targetWeightsOf(wanted.weightPercent));
    const now = await this.#record.read(nameOf(route));
    return now.revision === wanted.revision ? now : this.#follow(route);
  }
}

/** Apart from a proxy's route of the same name. */
const nameOf = (route: string): string => `alb/${route}`;
