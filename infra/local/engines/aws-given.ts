import { UnavailableError } from '../../../services/core/index.ts';
import type { Choice } from './engine.ts';

const ANSWER_WITHIN_MS = 3_000;

/** An AWS endpoint that a person named: anything that speaks HTTP there will do. */
export const givenAws = (endpoint: string): Choice => ({
  name: 'AWS_ENDPOINT_URL',
  look: async () =>
    (await answers(endpoint))
      ? { availability: 'ready', detail: `${endpoint} answers` }
      : { availability: 'missing', detail: `nothing answers at ${endpoint}` },
  start: async () => {
    if (!(await answers(endpoint))) throw new UnavailableError('the AWS endpoint', endpoint);
    return {
      name: 'AWS emulator',
      origin: `AWS_ENDPOINT_URL, ${endpoint}`,
      container: false,
      address: endpoint,
      stop: async () => {},
    };
  },
});

/** Whether an HTTP server answers there, whatever it says. */
const answers = async (endpoint: string): Promise<boolean> => {
  try {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await answer.body?.cancel();
    return true;
  } catch {
    return false;
  }
};
