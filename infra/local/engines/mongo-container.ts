import type { Choice, Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { freePort } from './free-port.ts';
import { mongodSettings } from './mongod-process.ts';
import { becomePrimary } from './replica-set.ts';

const HOW_TO_BUILD =
  'pull it by hand, or `npm run engines:image` builds one: then set BANYAN_MONGODB_IMAGE to what it prints';

/** MongoDB in a container of its own: any image whose command takes mongod's options. */
export const mongoContainer = (options: EngineOptions): Choice => ({
  name: `${options.mongoImage} in a container`,
  look: async () => (await containers()).lookForContainer(options.mongoImage, HOW_TO_BUILD),
  start: async () => {
    const { ensureImage } = await containers();
    await ensureImage(options.mongoImage, options.log);
    return startContainer(options.mongoImage);
  },
});

// Half a second to load, and most commands never need it.
const containers = () => import('./container.ts');

const startContainer = async (image: string): Promise<Engine> => {
  // The same port inside and outside, so that the set's only member has one address that is right on both sides.
  const { LeashedContainer, Wait } = await containers();
  const port = await freePort();
  const container = new LeashedContainer(image)
    .withCommand([...mongodSettings(port), '--bind_ip_all'])
    .withExposedPorts({ container: port, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/i))
    .withStartupTimeout(60_000);
  try {
    const host = (await container.start()).getHost().replace('localhost', '127.0.0.1');
    const { signal } = new AbortController();
    await becomePrimary({ direct: `mongodb://${host}:${port}`, member: `127.0.0.1:${port}`, signal });
    const query = host === '127.0.0.1' ? 'replicaSet=rs0' : 'directConnection=true';
    return {
      name: 'MongoDB',
      origin: `${image} in a container`,
      container: true,
      address: `mongodb://${host}:${port}/?${query}`,
      stop: () => container.remove(),
    };
  } catch (thrown) {
    await container.remove();
    throw thrown;
  }
};
