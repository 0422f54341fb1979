import type { Config } from './config.ts';

/** Which published entities go to a stream that the configuration does not name, as a sentence. */
export const streamProblem = ({ entities, plans, streams }: Config): string | undefined => {
  const published = [...entities, ...Object.values(plans).map(({ entity }) => entity)];
  const missing = published.filter(({ stream }) => streams[stream] === undefined);
  if (missing.length === 0) return undefined;
  const sentences = new Set(missing.map(({ name, stream }) => `${name} goes to ${stream}`));
  return `${[...sentences].join(', ')}, which \`streams\` of the configuration does not name`;
};
