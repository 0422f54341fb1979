import { BanyanError } from '../../../services/core/index.ts';

/** An engine that was started, or found running, for this process. */
export interface Engine {
  /** What it is: `MongoDB`, `AWS emulator`. */
  readonly name: string;
  /** Which choice was taken, for a person: `mongo:8 in a container`. */
  readonly origin: string;
  /** Whether it runs in a container that was started for this process. */
  readonly container: boolean;
  /** Where it answers: a `mongodb://` URI, or an `http://` endpoint. */
  readonly address: string;
  /** Of a MongoDB: the mongods that it consists of. */
  readonly members?: readonly Member[];
  /**
   * Stops what was started and removes its temporary data; an engine that was only found is left alone. Safe to
   * call twice. The same happens by itself when this process ends in any way, kill -9 included.
   */
  stop(): Promise<void>;
}

/** One of those that an engine consists of. */
export interface Member {
  /** `127.0.0.1:27017`, as the other ones know it. */
  readonly host: string;
  /** Ends it at once, as `kill -9` does, and removes its data; the others stay. Safe to call twice. */
  kill(): Promise<void>;
}

/** `ready` on this machine, `fetchable` after a download, or `missing`. */
export type Availability = 'ready' | 'fetchable' | 'missing';

/** What was seen of one choice, and why: `mongod 7.0.2 at /usr/bin/mongod`. */
export interface Sighting {
  readonly availability: Availability;
  readonly detail: string;
}

/** One way to have an engine. */
export interface Choice {
  /** For a person: `a container`, `mongod on the PATH`. */
  readonly name: string;
  /** Looks without fetching or starting anything; seconds at most. */
  look(): Promise<Sighting>;
  /** Fetches what is needed and starts it. */
  start(): Promise<Engine>;
}

/** A choice as `banyan doctor` shows it. */
export interface Finding extends Sighting {
  readonly choice: string;
}

/** No choice could give an engine: the message says why for each, and what to install. */
export class EngineMissingError extends BanyanError {
  /** What was tried, in order, each with its reason. */
  readonly tried: readonly string[];

  constructor(engine: string, tried: readonly string[], advice: string) {
    super('engine-missing', `${engine} cannot be had. ${advice}\n${tried.map((t) => `  ${t}`).join('\n')}`);
    this.tried = tried;
  }
}
