import { join } from 'node:path';

/** A child of this folder, by its name. */
export const moduleOf = (name: string): string => join(import.meta.dirname, `${name}.ts`);
