import { BanyanError, messageOf } from '../../../services/core/index.ts';
import type { Choice, Engine } from './engine.ts';
import { describeMongo } from './replica-set.ts';

/** A MongoDB that a person named. It is used as it is, or not at all. */
export const givenMongo = (uri: string): Choice => ({
  name: 'MONGODB_URI',
  look: async () => {
    try {
      const { version, topology } = await describeMongo(uri);
      const availability = topology === 'standalone' ? 'missing' : 'ready';
      const fault = topology === 'standalone' ? ' (Banyan needs a replica set: start it with --replSet)' : '';
      return { availability, detail: `MongoDB ${version}, ${topology}${fault}` };
    } catch (thrown) {
      return { availability: 'missing', detail: messageOf(thrown) };
    }
  },
  start: async (): Promise<Engine> => {
    const { version, topology } = await describeMongo(uri);
    if (topology === 'standalone') throw new BanyanError('standalone', 'MONGODB_URI is no replica set');
    return {
      name: 'MongoDB',
      origin: `MongoDB ${version} at MONGODB_URI`,
      container: false,
      address: uri,
      stop: async () => {},
    };
  },
});
