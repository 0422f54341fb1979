import { messageOf } from '../../../services/core/index.ts';
import { dockerEngine, LeashedContainer, lookForImage, pullImage } from './container.ts';
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
  look: async () => {
    try {
      const found = await lookForImage(await dockerEngine(), options.awsImage);
      if (found === 'here') return { availability: 'ready', detail: 'the image is on this machine' };
      if (found === 'pullable') return { availability: 'fetchable', detail: 'the image would be pulled' };
      return { availability: 'missing', detail: found.why };
    } catch (thrown) {
      return { availability: 'missing', detail: messageOf(thrown) };
    }
  },
  start: async () => {
    const engine = await dockerEngine();
    if ((await lookForImage(engine, options.awsImage)) !== 'here') {
      options.log(`pulling ${options.awsImage}`);
      await pullImage(engine, options.awsImage);
    }
    return startContainer(options.awsImage);
  },
});

const startContainer = async (image: string): Promise<Engine> => {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const container = new LeashedContainer(image)
    .withEnvironment(ministackSettings(port))
    .withNetworkMode('host');
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
