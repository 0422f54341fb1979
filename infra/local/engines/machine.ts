import { messageOf } from '../../../services/core/index.ts';
import type { Finding } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { findJava } from './java.ts';
import { findPython } from './python.ts';

/** What the machine offers that engines can be had with; none of it is needed by itself. */
export const findMachine = (options: EngineOptions): Promise<Finding[]> =>
  Promise.all([docker(), python(options), java(options)]);

const docker = async (): Promise<Finding> => {
  const choice = 'Docker engine';
  try {
    const { dockerEngine } = await import('./container.ts');
    const { info } = await dockerEngine();
    return { choice, availability: 'ready', detail: `${info.containerRuntime.serverVersion}` };
  } catch (thrown) {
    return { choice, availability: 'missing', detail: messageOf(thrown) };
  }
};

const python = async ({ path }: EngineOptions): Promise<Finding> => {
  const found = await findPython(path);
  if ('why' in found) return { choice: 'Python', availability: 'missing', detail: found.why };
  return { choice: 'Python', availability: 'ready', detail: `${found.version}, with ${found.installer}` };
};

/** OpenSearch runs on it. */
const java = async ({ path }: EngineOptions): Promise<Finding> => {
  const found = await findJava(path);
  if ('why' in found) return { choice: 'Java', availability: 'missing', detail: found.why };
  const detail = `JDK ${found.version}, with${found.maven ? '' : 'out'} Maven`;
  return { choice: 'Java', availability: 'ready', detail };
};
