import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageFolder } from '../../services/admin/admin-app.ts';

/** The files of the operators' page: our own, and those of the library that draws its charts. */
export const pageFolders = (): readonly PageFolder[] => [
  { path: '/', folder: join(import.meta.dirname, 'dashboard') },
  { path: '/uplot', folder: dirname(fileURLToPath(import.meta.resolve('uplot'))) },
];
