import type {
  CommandFailedEvent,
  CommandStartedEvent,
  CommandSucceededEvent,
  Document,
  MongoClient,
} from 'mongodb';
import { UsageError } from '../../core/index.ts';
import { applicationFrames } from './application-frames.ts';
import type { RecordedWrite } from './recorded-write.ts';
import { changedBy, keysNamedBy, timeIn, transactionIn, writeCommandOf } from './write-command.ts';
import type { WriteSites } from './write-sites.ts';

/** Of what is under way, at most; only a driver that never says how a command ended gets there. */
const MAX_UNDER_WAY = 10_000;

/** Whose writes are recorded, and where. */
export interface RecordWriteSitesOptions {
  /** Required. Made with `monitorCommands: true`. */
  readonly client: MongoClient;
  /** Required. The database of the entities. */
  readonly database: string;
  /** Required. The collections whose writes are of interest. */
  readonly collections: readonly string[];
  /** Optional: defaults to `outbox`. Where the rows are that explain a transaction's writes. */
  readonly outbox?: string;
  /** Required. `MongoWriteSites` for a watch in another process, `MemoryWriteSites` for one in this. */
  readonly sites: WriteSites;
  /** Required. Told when a site could not be added: it costs a line in a report, and nothing else. */
  onError(error: unknown): void;
}

type Sent = Omit<RecordedWrite, 'changed' | 'until'>;

/** A transaction under way: what it wrote, and the keys that it has outbox rows of. */
interface Transaction {
  readonly writes: RecordedWrite[];
  readonly recorded: Set<string>;
}

/**
 * Records where in the source a client's writes are made, as far as no outbox row explains them: those outside
 * a transaction, and those of transactions that are not sure to have a row for every key. It costs a stack
 * trace for each write command on the collections (some tens of microseconds). Answers how to stop it.
 * @throws UsageError when the client does not monitor its commands.
 */
export const recordWriteSites = (options: RecordWriteSitesOptions): (() => void) => {
  const { client } = options;
  if (client.options.monitorCommands !== true) {
    throw new UsageError('write sites need new MongoClient(uri, { monitorCommands: true })');
  }
  const recorder = new WriteSiteRecorder(options);
  const started = (event: CommandStartedEvent) => recorder.started(event);
  const succeeded = (event: CommandSucceededEvent) => recorder.succeeded(event);
  const failed = (event: CommandFailedEvent) => recorder.failed(event);
  client.on('commandStarted', started).on('commandSucceeded', succeeded).on('commandFailed', failed);
  return () => {
    client.off('commandStarted', started).off('commandSucceeded', succeeded).off('commandFailed', failed);
  };
};

class WriteSiteRecorder {
  readonly #options: RecordWriteSitesOptions;
  readonly #outbox: string;
  readonly #collections: ReadonlySet<string>;
  /** Commands under way, by request. */
  readonly #sent = new Map<number, Sent>();
  readonly #rows = new Map<number, { transaction: string; keys: readonly string[] }>();
  readonly #commits = new Map<number, string>();
  readonly #transactions = new Map<string, Transaction>();

  constructor(options: RecordWriteSitesOptions) {
    this.#options = options;
    this.#outbox = options.outbox ?? 'outbox';
    this.#collections = new Set(options.collections);
  }

  started({ requestId, databaseName, commandName, command }: CommandStartedEvent): void {
    const transaction = transactionIn(command);
    if (transaction !== undefined && commandName === 'commitTransaction') {
      keep(this.#commits, requestId, transaction);
    } else if (transaction !== undefined && commandName === 'abortTransaction') {
      this.#transactions.delete(transaction);
    } else if (databaseName === this.#options.database) {
      this.#writing(requestId, commandName, command);
    }
  }

  succeeded({ requestId, reply }: CommandSucceededEvent): void {
    const sent = this.#sent.get(requestId);
    const rows = this.#rows.get(requestId);
    const transaction = this.#commits.get(requestId);
    this.#forget(requestId);
    if (sent) this.#wrote(sent, reply as Document);
    if (rows) for (const key of rows.keys) this.#transaction(rows.transaction).recorded.add(key);
    if (transaction !== undefined) this.#committed(transaction);
  }

  failed({ requestId }: CommandFailedEvent): void {
    this.#forget(requestId);
  }

  #writing(requestId: number, name: string, command: Document): void {
    const transaction = transactionIn(command);
    const write = writeCommandOf(name);
    const collection = command[name] as string;
    if (write && this.#collections.has(collection)) {
      keep(this.#sent, requestId, {
        command: write,
        collection,
        frames: applicationFrames(),
        transaction,
        keys: keysNamedBy(write, command),
        after: timeIn(command.$clusterTime?.clusterTime),
      });
    } else if (write === 'insert' && collection === this.#outbox && transaction !== undefined) {
      const keys = (command.documents as Document[]).map((row) => String(row.key));
      keep(this.#rows, requestId, { transaction, keys });
    }
  }

  #wrote(sent: Sent, reply: Document): void {
    const changed = changedBy(sent.command, reply);
    if (changed === 0) return;
    const write: RecordedWrite = { ...sent, changed, until: timeIn(reply.operationTime) };
    if (sent.transaction === undefined) this.#add([write]);
    else this.#transaction(sent.transaction).writes.push(write);
  }

  #committed(name: string): void {
    const transaction = this.#transactions.get(name);
    this.#transactions.delete(name);
    const isSurelyRecorded = ({ keys }: RecordedWrite) =>
      keys?.every((key) => transaction?.recorded.has(key));
    if (transaction && !transaction.writes.every(isSurelyRecorded)) this.#add(transaction.writes);
  }

  #add(writes: readonly RecordedWrite[]): void {
    const { sites, onError } = this.#options;
    // The application's write must not wait for it, nor fail by it.
    sites.add(writes).catch(onError);
  }

  #transaction(name: string): Transaction {
    const known = this.#transactions.get(name);
    const transaction = known ?? { writes: [], recorded: new Set() };
    if (!known) keep(this.#transactions, name, transaction);
    return transaction;
  }

  #forget(requestId: number): void {
    for (const underWay of [this.#sent, this.#rows, this.#commits]) underWay.delete(requestId);
  }
}

const keep = <K, V>(map: Map<K, V>, key: K, value: V): void => {
  map.set(key, value);
  if (map.size <= MAX_UNDER_WAY) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
};
