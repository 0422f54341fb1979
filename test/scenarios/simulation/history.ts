import { type EntityEvent, parseEvents } from '../../../services/core/index.ts';

/** What a world did that its invariants are about, and every way in which they were broken. */
export class History {
  /** The first few say enough. */
  readonly violations: string[] = [];
  /** Ids of events, and their keys. */
  readonly #committed = new Map<string, string>();
  /** Ids of events that a stream, or the relay's quarantine, has. */
  readonly #arrived = new Set<string>();
  /** Ids of rows that the stream of changes has not given, but a sweep. */
  readonly #outOfTurn = new Set<string>();
  /** By place (a stream, a consumer) and key: what came there. */
  readonly #seen = new Map<string, { readonly ids: Set<string>; highest: number }>();
  /** By sink and key: the highest version that was stored. */
  readonly #stored = new Map<string, number>();
  readonly #tokens = new Map<string, number>();

  readonly #note: (line: string) => void;

  /** `note`: told of everything, in a line each, as it happens. */
  constructor(note: (line: string) => void) {
    this.#note = note;
  }

  note(line: string): void {
    this.#note(line);
  }

  committed(id: string, key: string): void {
    this.#committed.set(id, key);
    this.#note(`committed ${id} of ${key}`);
  }

  /** A row that a sweep has found, or has to find: it may come after later ones of its key. */
  outOfTurn(id: string): void {
    this.#outOfTurn.add(id);
  }

  /** What one record carried came to a stream. */
  arrived(stream: string, data: string): void {
    for (const event of parseEvents(data)) {
      this.#arrived.add(event.id);
      this.#note(`arrived ${event.id} ${event.type} ${event.subject}@${event.version} on ${stream}`);
      this.#inOrder(stream, event);
    }
  }

  /** A consumer was handed a record. */
  delivered(consumer: string, data: string): void {
    for (const event of parseEvents(data)) {
      this.#note(`delivered ${event.id} ${event.subject}@${event.version} to ${consumer}`);
      this.#inOrder(consumer, event);
    }
  }

  /** The relay gave an event up to quarantine. */
  quarantined(id: string): void {
    this.#arrived.add(id);
    this.#note(`quarantined ${id}`);
  }

  acknowledged(ids: readonly string[]): void {
    this.#note(`acknowledged ${ids.join(' ')}`);
    for (const id of ids) {
      if (!this.#arrived.has(id)) this.violate(`${id} was acknowledged before any stream had it`);
    }
  }

  /** A sink holds `version` of a key, or has forgotten the key (`undefined`). */
  stored(sink: string, key: string, version: number | undefined): void {
    const name = `${sink} ${key}`;
    this.#note(`stored ${name}@${version ?? 'none'}`);
    const highest = this.#stored.get(name);
    if (highest !== undefined && (version ?? -1) < highest) {
      this.violate(`${name} went from version ${highest} back to ${version ?? 'none'}`);
    }
    if (version !== undefined) this.#stored.set(name, Math.max(version, highest ?? 0));
  }

  /** A sink let go of a tombstone that has had its time. */
  expired(sink: string, key: string): void {
    this.#stored.delete(`${sink} ${key}`);
  }

  /** A leader saved how far it is. */
  saved(lease: string, place: number): void {
    this.#note(`saved ${lease}@${place}`);
    const before = this.#tokens.get(lease) ?? 0;
    if (place < before) this.violate(`the token of ${lease} went from ${before} back to ${place}`);
    this.#tokens.set(lease, Math.max(place, before));
  }

  /** An event that was committed, and came neither to a stream nor to the relay's quarantine. */
  missing(): string | undefined {
    for (const [id, key] of this.#committed) if (!this.#arrived.has(id)) return `${id} of ${key}`;
    return undefined;
  }

  violate(what: string): void {
    this.#note(`VIOLATION ${what}`);
    if (this.violations.length < 10) this.violations.push(what);
  }

  /** The first time each of a key's events comes somewhere, they come in the order of their versions. */
  #inOrder(place: string, event: EntityEvent): void {
    const name = `${place} ${event.subject}`;
    const seen = this.#seen.get(name) ?? { ids: new Set<string>(), highest: 0 };
    this.#seen.set(name, seen);
    if (seen.ids.has(event.id)) return;
    seen.ids.add(event.id);
    if (this.#outOfTurn.has(event.id)) return;
    const version = Number(event.version);
    if (version < seen.highest) {
      this.violate(`${place} had version ${seen.highest} of ${event.subject} before version ${version}`);
    }
    seen.highest = Math.max(seen.highest, version);
  }
}
