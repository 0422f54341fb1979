export { adviceForAws, findAwsEmulator, startAwsEmulator } from './aws-emulator.ts';
export {
  type Availability,
  type Engine,
  EngineMissingError,
  type Finding,
} from './engine.ts';
export { type EngineOptions, engineOptions } from './engine-options.ts';
export { findMachine } from './machine.ts';
export { adviceForMongo, findMongo, startMongo } from './mongo.ts';
export { findOpenSearch, startOpenSearch } from './opensearch.ts';
export { describeMongo, type MongoDescription } from './replica-set.ts';
