import { type Clock, pause } from '../../../services/core/index.ts';
import type { ClientErrors } from './client-errors.ts';
import type { Answer, Call, HttpClient } from './http-client.ts';
import type { Ledger } from './ledger.ts';

/** A signed-in user; it does one thing at a time, so that what it wrote last is known. */
interface Actor {
  readonly id: string;
  readonly token: string;
}

export interface WriterLoadParts {
  readonly http: HttpClient;
  readonly ledger: Ledger;
  readonly errors: ClientErrors;
  /** Required. Between 0 and 1. */
  readonly random: () => number;
  readonly writesPerSecond: number;
  /** Required. Users that may be followed. */
  readonly followable: readonly string[];
  readonly clock: Clock;
}

/** Share of each kind of write, adding up to 1. */
const MIX = { update: 0.55, follow: 0.25, yubl: 0.12, signUp: 0.05, remove: 0.03 } as const;
const MIN_ACTORS = 10;

const kindOf = (dice: number): keyof typeof MIX => {
  let sum = 0;
  for (const kind of Object.keys(MIX) as (keyof typeof MIX)[]) {
    sum += MIX[kind];
    if (dice < sum) return kind;
  }
  return 'update';
};

/** Keeps users signing up, changing, following, posting and leaving, at a steady rate, through the proxy. */
export class WriterLoad {
  readonly #parts: WriterLoadParts;
  readonly #idle: Actor[] = [];
  readonly #busy = new Set<Promise<void>>();
  #made = 0;
  /** Writes that were refused (4xx), by answer: none is expected. */
  readonly refused: string[] = [];

  constructor(parts: WriterLoadParts) {
    this.#parts = parts;
  }

  /** Signs a seeded user in, to write on its behalf. */
  async signIn(username: string, password: string): Promise<void> {
    const answer = await this.#call({ method: 'POST', path: '/sessions', body: { username, password } });
    const { token, userId } = (answer?.body ?? {}) as { token?: string; userId?: string };
    if (token && userId) this.#idle.push({ id: userId, token });
  }

  /** Writes until the signal aborts, then waits for the writes under way. */
  async run(signal: AbortSignal): Promise<void> {
    const everyMs = 1000 / this.#parts.writesPerSecond;
    while (!signal.aborted) {
      const one = this.#one();
      this.#busy.add(one);
      void one.finally(() => this.#busy.delete(one));
      await pause(this.#parts.clock, everyMs, signal);
    }
    await Promise.all(this.#busy);
  }

  #next(): number {
    this.#made += 1;
    return this.#made;
  }

  async #one(): Promise<void> {
    const kind = kindOf(this.#parts.random());
    if (kind === 'signUp') return this.#signUp();
    const at = Math.floor(this.#parts.random() * this.#idle.length);
    const [actor] = this.#idle.splice(at, 1);
    if (!actor) return this.#signUp();
    if (kind === 'remove' && this.#idle.length >= MIN_ACTORS) return this.#remove(actor);
    await { update: this.#update, remove: this.#update, follow: this.#follow, yubl: this.#yubl }[kind].call(
      this,
      actor,
    );
    this.#idle.push(actor);
  }

  async #signUp(): Promise<void> {
    const n = this.#next();
    const profile = { firstName: `Newcomer${n}`, lastName: 'Freshley', bio: `joined as number ${n}` };
    const answer = await this.#call({
      method: 'POST',
      path: '/users',
      body: {
        username: `newcomer_${n}`,
        email: `newcomer${n}@example.com`,
        password: `secret-${n}-word`,
        ...profile,
      },
    });
    if (!answer) return;
    const { id, token, version } = answer.body as { id: string; token: string; version: number };
    this.#parts.ledger.written(id, version, profile);
    this.#idle.push({ id, token });
  }

  async #update(actor: Actor): Promise<void> {
    const n = this.#next();
    const profile = n % 3 === 0 ? { bio: `bio ${n}`, lastName: `Renamed${n}` } : { bio: `bio ${n}` };
    const answer = await this.#call({
      method: 'PUT',
      path: `/profiles/${actor.id}`,
      token: actor.token,
      body: profile,
    });
    if (answer) this.#parts.ledger.written(actor.id, (answer.body as { version: number }).version, profile);
  }

  async #follow(actor: Actor): Promise<void> {
    const { followable, random } = this.#parts;
    const other = followable[Math.floor(random() * followable.length)];
    if (!other || other === actor.id) return;
    const path = `/users/${actor.id}/following/${other}`;
    if (await this.#call({ method: 'PUT', path, token: actor.token }))
      this.#parts.ledger.followed(actor.id, other);
  }

  async #yubl(actor: Actor): Promise<void> {
    const text = `yubl ${this.#next()}`;
    const answer = await this.#call({ method: 'POST', path: '/yubls', token: actor.token, body: { text } });
    if (answer) this.#parts.ledger.posted((answer.body as { id: string }).id, actor.id);
  }

  async #remove(actor: Actor): Promise<void> {
    const answer = await this.#call({ method: 'DELETE', path: `/users/${actor.id}`, token: actor.token });
    if (answer) this.#parts.ledger.deleted(actor.id, answer.entityVersion);
  }

  /** The answer when the write was acknowledged. */
  async #call(call: Call): Promise<Answer | undefined> {
    const answer = await this.#parts.http.call(call).catch((error: Error) => error);
    const what = `${call.method} ${call.path.replaceAll(/[0-9a-f]{24}/g, ':id')}`;
    if (this.#parts.errors.note(what, answer) || answer instanceof Error) return undefined;
    if (answer.status < 300) return answer;
    if (this.refused.length < 5)
      this.refused.push(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return undefined;
  }
}
