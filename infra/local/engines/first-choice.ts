import { messageOf } from '../../../services/core/index.ts';
import { type Choice, type Engine, EngineMissingError, type Finding } from './engine.ts';

export interface FirstChoiceOptions {
  /** Required. What is wanted, in messages. */
  readonly engine: string;
  /** Required. Best first. */
  readonly choices: readonly Choice[];
  /** Required. What to install or set when nothing works: one sentence. */
  readonly advice: string;
  /** Required. Told, in a line, of every choice that turned out not to work. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Starts the first choice that is there and works; one that looked well and then failed makes way for the next.
 * @throws EngineMissingError when none does.
 */
export const startFirst = async (options: FirstChoiceOptions): Promise<Engine> => {
  const tried: string[] = [];
  for (const choice of options.choices) {
    options.signal?.throwIfAborted();
    const sighting = await choice.look();
    if (sighting.availability === 'missing') {
      tried.push(`${choice.name}: ${sighting.detail}`);
      continue;
    }
    try {
      return await choice.start();
    } catch (thrown) {
      tried.push(`${choice.name}: ${messageOf(thrown)}`);
      options.log(`${options.engine}, ${choice.name}: ${messageOf(thrown)}`);
    }
  }
  options.signal?.throwIfAborted();
  throw new EngineMissingError(options.engine, tried, options.advice);
};

/** What is there of every choice, in the order in which they are tried. */
export const findAll = (choices: readonly Choice[]): Promise<Finding[]> =>
  Promise.all(choices.map(async (choice) => ({ choice: choice.name, ...(await choice.look()) })));
