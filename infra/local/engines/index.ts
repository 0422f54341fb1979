export { startAwsEmulator } from './aws-emulator.ts';
export type { Engine } from './engine.ts';
export { startMongo } from './mongo.ts';
