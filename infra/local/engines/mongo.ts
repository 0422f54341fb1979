import type { Choice, Engine, Finding } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { findAll, startFirst } from './first-choice.ts';
import { mongoContainer } from './mongo-container.ts';
import { mongoDownload } from './mongo-download.ts';
import { givenMongo } from './mongo-given.ts';
import { mongoOnPath } from './mongo-on-path.ts';
import { mongoWheel } from './mongo-wheel.ts';

/**
 * Where MongoDB may come from, best first. What a person asked for by name is never replaced by something else.
 */
export const mongoChoices = (options: EngineOptions): Choice[] => {
  if (options.requireContainers) return [mongoContainer(options)];
  if (options.mongoUri) return [givenMongo(options.mongoUri)];
  return [mongoContainer(options), mongoOnPath(options), mongoDownload(options), mongoWheel(options)];
};

/** What there is of every choice; fetches and starts nothing. */
export const findMongo = (options: EngineOptions): Promise<Finding[]> => findAll(mongoChoices(options));

/**
 * A MongoDB replica set with a primary: transactions and change streams work.
 * @throws EngineMissingError when no choice works, saying why for each.
 */
export const startMongo = (options: EngineOptions): Promise<Engine> =>
  startFirst({
    engine: 'MongoDB',
    choices: mongoChoices(options),
    advice: adviceForMongo(options),
    log: options.log,
    ...(options.signal ? { signal: options.signal } : {}),
  });

/** What to do when there is no MongoDB. */
export const adviceForMongo = (options: EngineOptions): string => {
  if (options.requireContainers) {
    return 'BANYAN_REQUIRE_CONTAINERS=1 wants it in a container: start a Docker engine that can have its image, or unset the variable.';
  }
  if (options.mongoUri) return 'Start the one that MONGODB_URI names, or unset the variable.';
  return 'Install a Docker engine, or python3 with venv, or a mongod of 6.0 or newer, or set MONGODB_URI.';
};
