import type { Choice, Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { freePort } from './free-port.ts';
import { ministackReady, ministackSettings } from './ministack-settings.ts';

/**
 * MiniStack, the AWS emulator, in a container. It shares the host's network: its Lambdas call what runs on this
 * machine's loopback (MongoDB, the CloudSearch stand-in).
 */
export const ministackContainer = (options: EngineOptions): Choice => ({
  name: `${options.awsImage} in a container`,
  look: async () => (await containers()).lookForContainer(options.awsImage),
  start: async () => {
    const { ensureImage } = await containers();
    await ensureImage(options.awsImage, options.log);
    return startContainer(options.awsImage);
  },
});

// Half a second to load, and most commands never need it.
const containers = () => import('./container.ts');

const startContainer = async (image: string): Promise<Engine> => {
  const { LeashedContainer, Wait } = await containers();
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const container = new LeashedContainer(image)
    .withEnvironment(ministackSettings(port))
    .withNetworkMode('host')
    // No port is published, so this waits for none: `ministackReady` does, sooner than the image's health check.
    .withWaitStrategy(Wait.forListeningPorts());
  try {
    await container.start();
    await ministackReady(address, new AbortController().signal);
  } catch (thrown) {
    await container.remove();
    throw thrown;
  }
  return {
    name: 'AWS emulator',
    origin: `${image} in a container`,
    container: true,
    address,
    stop: () => container.remove(),
  };
};
