export { findAwsEmulator, startAwsEmulator } from './aws-emulator.ts';
export {
  type Availability,
  type Engine,
  EngineMissingError,
  type Finding,
} from './engine.ts';
export { type EngineOptions, engineOptions } from './engine-options.ts';
export { takenOf } from './first-choice.ts';
export { findMongo, startMongo } from './mongo.ts';
export { describeMongo, type MongoDescription } from './replica-set.ts';
