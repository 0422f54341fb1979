import { givenAws } from './aws-given.ts';
import type { Choice, Engine, Finding } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { findAll, startFirst } from './first-choice.ts';
import { ministackContainer } from './ministack-container.ts';
import { ministackPackage } from './ministack-package.ts';

/** Where an AWS to work against may come from, best first. */
export const awsChoices = (options: EngineOptions): Choice[] =>
  options.awsEndpoint
    ? [givenAws(options.awsEndpoint)]
    : [ministackPackage(options), ministackContainer(options)];

/** What there is of every choice; fetches and starts nothing. */
export const findAwsEmulator = (options: EngineOptions): Promise<Finding[]> => findAll(awsChoices(options));

/**
 * An AWS emulator with nothing in it.
 * @throws EngineMissingError when no choice works, saying why for each.
 */
export const startAwsEmulator = (options: EngineOptions): Promise<Engine> =>
  startFirst({
    engine: 'An AWS emulator',
    choices: awsChoices(options),
    advice: adviceForAws(options),
    log: options.log,
    ...(options.signal ? { signal: options.signal } : {}),
  });

/** What to do when there is no AWS emulator. */
export const adviceForAws = (options: EngineOptions): string =>
  options.awsEndpoint
    ? 'Start the one that AWS_ENDPOINT_URL names, or unset the variable.'
    : 'Install python3 with venv, or a Docker engine, or set AWS_ENDPOINT_URL.';
