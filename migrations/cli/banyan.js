#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// Below this, dependencies fail while they load, with a stack trace that names none of this. As in package.json.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(`error: Banyan needs Node 22.22 or newer; this is ${process.versions.node}\n`);
  process.exit(2);
}

if (process.argv.includes('backfill')) {
  // glibc gives each of V8's threads an arena of its own, which keeps what they let go of: a long copy takes a third more
  // than a short one. How many there are is only asked as a process begins, and how large V8's young generation is at
  // first: so it begins once more, and stays the same process. One that was given a channel, or restricted, would lose it.
  const { env, channel, permission, execPath, execArgv, argv } = process;
  if (process.platform === 'linux' && !env.MALLOC_ARENA_MAX && !channel && !permission) {
    const args = [
      execPath,
      '--min-semi-space-size=4',
      '--max-semi-space-size=4',
      ...execArgv,
      ...argv.slice(1),
    ];
    process.execve(execPath, args, { ...env, MALLOC_ARENA_MAX: '1' });
  }
  // What a copy has in flight lives for longer than V8's young generation, which therefore grows without end, and dies
  // before the old one is looked at: both are bounded. And while V8 marks the old one it collects nothing young, unless it
  // is told to: at a copy's pace, that alone is tens of megabytes.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--no-separate-gc-phases');
}

// A checkout runs its sources as they are. Node strips no types below node_modules, so that a package has only
// what was built of them.
const source = new URL('./main.ts', import.meta.url);
const built = new URL('../../dist/migrations/cli/main.js', import.meta.url);
await import((existsSync(source) ? source : built).href);
