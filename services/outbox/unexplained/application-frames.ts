import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const MAX_FRAMES = 5;
/** Of the stack that is looked at: the driver's own frames come first. */
const MAX_DEPTH = 60;

const OUTBOX = resolve(import.meta.dirname, '..');
const FOREIGN = [
  '/node_modules/',
  '\\node_modules\\',
  'node:',
  `${OUTBOX}/`,
  `${pathToFileURL(OUTBOX).href}/`,
];

/**
 * Where the caller's caller in the application is, innermost first. Node links `await`s across the driver
 * (https://v8.dev/blog/fast-async), so a write that nobody awaits has no frames.
 */
export const applicationFrames = (): string[] => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = MAX_DEPTH;
  const { stack = '' } = new Error('a place in the source');
  Error.stackTraceLimit = limit;
  return framesIn(stack);
};

/** The application's frames in a stack: not Node's, no package's, and not the outbox's. */
export const framesIn = (stack: string): string[] =>
  stack
    .split('\n')
    .map((line) => /^\s+at (?:async )?(.+:\d+:\d+\)?)$/.exec(line)?.[1])
    .filter((frame) => frame !== undefined)
    .filter((frame) => !FOREIGN.some((part) => frame.includes(part)))
    .slice(0, MAX_FRAMES);
