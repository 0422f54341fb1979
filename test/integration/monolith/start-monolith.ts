import { type Db, type Document, ObjectId } from 'mongodb';
import { pino } from 'pino';
import { createApp } from '../../../monolith/app/app.ts';
import { Chat } from '../../../monolith/app/chat/chat.ts';
import { ensureIndexes } from '../../../monolith/app/database/ensure-indexes.ts';
import { listen } from '../../../monolith/app/http/listen.ts';
import { currentTraceparent } from '../../../monolith/app/http/trace-context.ts';
import type { Parts } from '../../../monolith/app/parts.ts';
import { type EntityEvent, parseEvents, systemClock } from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { freshDatabase } from '../../support/engines.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is what a test asserts on.
  readonly body: any;
}

/** Somebody who has signed up. */
export interface Somebody {
  readonly id: string;
  readonly token: string;
  readonly username: string;
  readonly version: number;
}

export interface Monolith {
  readonly url: string;
  readonly db: Db;
  readonly parts: Parts;
  call(
    method: string,
    path: string,
    options?: { body?: unknown; as?: Somebody; headers?: object },
  ): Promise<Answer>;
  signUp(form?: object): Promise<Somebody>;
  /** The outbox's events of a key, oldest first. */
  events(key: string): Promise<EntityEvent[]>;
  user(id: string): Promise<Document | null>;
  stop(): Promise<void>;
}

export const PASSWORD = 'a password for tests';

/** The app, over HTTP, on a database nobody else uses. */
export const startMonolith = async (): Promise<Monolith> => {
  const { client, db, drop } = await freshDatabase();
  const outbox = new Outbox({
    client,
    db,
    clock: systemClock,
    source: '/monolith',
    traceparent: currentTraceparent,
  });
  await outbox.open();
  await ensureIndexes(db);
  const parts = { db, outbox, clock: systemClock, logger: pino({ level: 'silent' }) };
  const webSockets = new Chat(parts);
  const server = await listen(createApp(parts), { host: '127.0.0.1', port: 0, webSockets });
  const call = caller(server.url);
  let signedUp = 0;
  return {
    url: server.url,
    db,
    parts,
    call,
    signUp: async (form = {}) => {
      signedUp += 1;
      const body = { ...FORM, username: `ada_${signedUp}`, ...form };
      const answer = await call('POST', '/users', { body });
      if (answer.status !== 201) throw new Error(`sign-up answered ${JSON.stringify(answer.body)}`);
      return { ...answer.body, username: body.username };
    },
    events: async (key) => {
      const rows = await db.collection('outbox').find({ key }).sort({ _id: 1 }).toArray();
      return rows.flatMap((row) => parseEvents(row.event));
    },
    user: (id) => db.collection('users').findOne({ _id: new ObjectId(id) }),
    stop: async () => {
      await server.stop(1_000);
      await drop();
    },
  };
};

const FORM = {
  email: 'ada@example.com',
  password: PASSWORD,
  firstName: 'Ada',
  lastName: 'Lovelace',
};

const caller =
  (url: string): Monolith['call'] =>
  async (method, path, { body, as, headers } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...headers,
        ...(as ? { authorization: `Bearer ${as.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  };
