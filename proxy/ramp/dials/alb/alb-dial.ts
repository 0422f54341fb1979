import type { DialChange, DialReading } from '../../traffic-dial.ts';
import type { RecordedDial } from '../proxy-dial.ts';
import { percentOf, targetWeightsOf } from './target-weights.ts';
import type { WeightedRule } from './weighted-rule.ts';

/**
 * A load balancer's weights as a dial. Rules know no compare-and-set: who turned the dial first is decided in the
 * control store, and whoever was slow writes what is there now, so that the rule ends as the store says. What is
 * read is what the rule does.
 */
export class AlbDial implements RecordedDial {
  readonly #record: RecordedDial;
  readonly #ruleOf: (route: string) => WeightedRule;

  constructor(options: {
    /** What operators wanted, with its history. */
    record: RecordedDial;
    ruleOf(route: string): WeightedRule;
  }) {
    this.#record = options.record;
    this.#ruleOf = options.ruleOf;
  }

  async read(route: string): Promise<DialReading> {
    const [wanted, weights] = await Promise.all([this.wanted(route), this.#ruleOf(route).read()]);
    const weightPercent = percentOf(weights);
    if (weightPercent === wanted.weightPercent) return wanted;
    const why = `the listener rule says so; ${wanted.weightPercent} % was set here`;
    return { ...wanted, weightPercent, by: 'somebody elsewhere', why };
  }

  /** What was set last, whatever the rule does: for when the rule cannot be read. */
  wanted(route: string): Promise<DialReading> {
    return this.#record.read(nameOf(route));
  }

  async set(route: string, change: DialChange): Promise<DialReading> {
    const weights = targetWeightsOf(change.weightPercent);
    // A rollback reaches the users before the books.
    if (change.expectedRevision === 'any') await this.#ruleOf(route).write(weights);
    await this.#record.set(nameOf(route), change);
    return this.#follow(route);
  }

  history(route: string, limit: number): ReturnType<RecordedDial['history']> {
    return this.#record.history(nameOf(route), limit);
  }

  async #follow(route: string): Promise<DialReading> {
    const wanted = await this.wanted(route);
    await this.#ruleOf(route).write(targetWeightsOf(wanted.weightPercent));
    const now = await this.wanted(route);
    return now.revision === wanted.revision ? now : this.#follow(route);
  }
}

/** Apart from a proxy's route of the same name. */
const nameOf = (route: string): string => `alb/${route}`;
