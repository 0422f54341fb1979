import type { Choice, Engine, Finding } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { findAll, startFirst } from './first-choice.ts';
import { givenOpenSearch } from './opensearch-given.ts';
import { openSearchJars } from './opensearch-jars.ts';

/** Where an OpenSearch may come from, best first. */
export const openSearchChoices = (options: EngineOptions): Choice[] =>
  options.openSearchUrl ? [givenOpenSearch(options.openSearchUrl)] : [openSearchJars(options)];

/** What there is of every choice; fetches and starts nothing. */
export const findOpenSearch = (options: EngineOptions): Promise<Finding[]> =>
  findAll(openSearchChoices(options));

/**
 * An OpenSearch node with nothing in it.
 * @throws EngineMissingError when no choice works, saying why for each.
 */
export const startOpenSearch = (options: EngineOptions): Promise<Engine> =>
  startFirst({
    engine: 'OpenSearch',
    choices: openSearchChoices(options),
    advice: adviceForOpenSearch(options),
    log: options.log,
    ...(options.signal ? { signal: options.signal } : {}),
  });

/** What to do when there is no OpenSearch. */
const adviceForOpenSearch = (options: EngineOptions): string =>
  options.openSearchUrl
    ? 'Start the one that OPENSEARCH_URL names, or unset the variable.'
    : 'Install a JDK and Maven (Debian, Ubuntu: apt-get install default-jdk-headless maven), or set OPENSEARCH_URL; BANYAN_SKIP_OPENSEARCH=1 leaves its tests out.';
