import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Whether this runs from a checkout: the example and the engines that play it are no part of the package. */
export const isCheckout = (): boolean => existsSync(join(import.meta.dirname, '../../monolith'));
