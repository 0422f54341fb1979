import type { Choice, Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { freePort } from './free-port.ts';
import { mongodSettings } from './mongod-process.ts';
import { formReplicaSet } from './replica-set.ts';
import { type Ready, startMembers } from './start-members.ts';

const HOW_TO_BUILD =
  'pull it by hand, or `npm run engines:image` builds one: then set BANYAN_MONGODB_IMAGE to what it prints';

/** MongoDB in a container of its own: any image whose command takes mongod's options. */
export const mongoContainer = (options: EngineOptions): Choice => ({
  name: `${options.mongoImage} in a container`,
  look: async () => (await containers()).lookForContainer(options.mongoImage, HOW_TO_BUILD),
  start: async () => {
    const { ensureImage } = await containers();
    await ensureImage(options.mongoImage, options.log);
    const { mongoImage: image, mongoMembers: count = 1 } = options;
    const set = count === 1 ? await startAlone(image) : await startSeveral(image, count);
    return { name: 'MongoDB', origin: `${image} in a container`, container: true, ...set };
  },
});

// Half a second to load, and most commands never need it.
const containers = () => import('./container.ts');

type Started = Pick<Engine, 'address' | 'members' | 'stop'>;

const mongodIn = async (image: string, port: number, bind: readonly string[]) => {
  const { LeashedContainer, Wait } = await containers();
  return new LeashedContainer(image)
    .withCommand([...mongodSettings(port), ...bind])
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/i))
    .withStartupTimeout(60_000);
};

/** The same port inside and outside, so that the set's only member has one address that is right on both sides. */
const startAlone = async (image: string): Promise<Started> => {
  const port = await freePort();
  const container = await mongodIn(image, port, ['--bind_ip_all']);
  container.withExposedPorts({ container: port, host: port });
  const member = `127.0.0.1:${port}`;
  try {
    const host = (await container.start()).getHost().replace('localhost', '127.0.0.1');
    const { signal } = new AbortController();
    await formReplicaSet({ direct: `mongodb://${host}:${port}`, hosts: [member], signal });
    const query = host === '127.0.0.1' ? 'replicaSet=rs0' : 'directConnection=true';
    return {
      address: `mongodb://${host}:${port}/?${query}`,
      members: [{ host: member, kill: () => container.remove() }],
      stop: () => container.remove(),
    };
  } catch (thrown) {
    await container.remove();
    throw thrown;
  }
};

/** On the host's network, where the members reach each other by the addresses by which we reach them. */
const startSeveral = async (image: string, count: number): Promise<Started> => {
  const start = async (port: number, ready: Ready) => {
    const container = (await mongodIn(image, port, ['--bind_ip', '127.0.0.1'])).withNetworkMode('host');
    try {
      await container.start();
      await ready(`mongodb://127.0.0.1:${port}`, new AbortController().signal);
    } catch (thrown) {
      await container.remove();
      throw thrown;
    }
    return () => container.remove();
  };
  const { hosts, members, stop } = await startMembers({ count, start });
  return { address: `mongodb://${hosts.join(',')}/?replicaSet=rs0`, members, stop };
};
