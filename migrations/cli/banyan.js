#!/usr/bin/env node
import { existsSync } from 'node:fs';

// A checkout runs its sources as they are. Node strips no types below node_modules, so that a package has only
// what was built of them.
const source = new URL('./main.ts', import.meta.url);
const built = new URL('../../dist/migrations/cli/main.js', import.meta.url);
await import((existsSync(source) ? source : built).href);
