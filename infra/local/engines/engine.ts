/** An engine that was started, or found running, for this process. */
export interface Engine {
  /** What it is: `MongoDB`, `AWS emulator`. */
  readonly name: string;
  /** Which choice was taken, for a person: `MongoDB 8 in a container (mongo:8)`. */
  readonly origin: string;
  /** Whether it runs in a container that was started for this process. */
  readonly container: boolean;
  /** Where it answers: a `mongodb://` URI, or an `http://` endpoint. */
  readonly address: string;
  /** Stops what was started and removes its data; an engine that was only found is left alone. Safe to call twice. */
  stop(): Promise<void>;
}
