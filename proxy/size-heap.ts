import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8's young generation have its full size from the first traffic on; for a process that does nothing but carry
 * requests. By itself it doubles whenever enough has survived, and until it is large each of many collections, full ones
 * among them, makes the requests that are under way wait, and outlive it. The memory is the same in the end.
 */
export const sizeHeapForTraffic = (): void => setFlagsFromString('--semi-space-growth-factor=64');
