#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// Below this, dependencies fail while they load, with a stack trace that names none of this. As in package.json.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(`error: Banyan needs Node 22.22 or newer; this is ${process.versions.node}\n`);
  process.exit(2);
}

// What a copy has in flight lives for longer than V8's young generation, which therefore grows without end, and dies
// before the old one is looked at: 380 MB where 190 do. Bounding both from the start costs a quarter more processor time.
if (process.argv.includes('backfill')) {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
}

// A checkout runs its sources as they are. Node strips no types below node_modules, so that a package has only
// what was built of them.
const source = new URL('./main.ts', import.meta.url);
const built = new URL('../../dist/migrations/cli/main.js', import.meta.url);
await import((existsSync(source) ? source : built).href);
