import { join } from 'node:path';

/** A child's module by its name. */
export const moduleOf = (name: string): string => join(import.meta.dirname, `${name}.ts`);
