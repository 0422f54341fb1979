import { join } from 'node:path';

/** The module of a part of the proxy's bench that runs in a process of its own. */
export const moduleOf = (name: string): string => join(import.meta.dirname, `${name}.ts`);
