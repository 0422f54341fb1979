import { BanyanError } from '../core/index.ts';
import type { EventStream, SendOutcome, StreamEntry } from './event-stream.ts';

const MAX_RECORD_BYTES = 1024 * 1024;

/** Streams in memory, with Kinesis' limit of a record. */
export class MemoryEventStream implements EventStream {
  readonly #entries = new Map<string, StreamEntry[]>();

  constructor(options: { streams: readonly string[] }) {
    for (const stream of options.streams) this.#entries.set(stream, []);
  }

  /** What a stream has, in the order of arrival. */
  entries(stream: string): readonly StreamEntry[] {
    return this.#of(stream);
  }

  async send(stream: string, entries: readonly StreamEntry[]): Promise<SendOutcome[]> {
    const arrived = this.#of(stream);
    return entries.map((entry) => {
      const bytes = Buffer.byteLength(entry.key) + Buffer.byteLength(entry.data);
      if (bytes > MAX_RECORD_BYTES) return new BanyanError('record-too-large', `${bytes} bytes are too many`);
      arrived.push(entry);
      return undefined;
    });
  }

  #of(stream: string): StreamEntry[] {
    const entries = this.#entries.get(stream);
    if (entries) return entries;
    throw new BanyanError('unknown-stream', `there is no stream "${stream}"`);
  }
}
