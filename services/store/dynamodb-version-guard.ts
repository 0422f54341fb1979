import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import { BanyanError, type Clock } from '../core/index.ts';
import { type ClaimDecision, decideClaim, releasedEntry } from './decide-claim.ts';
import { explainDynamoDbError } from './dynamodb-errors.ts';
import type { Claim, ClaimOutcome, ClaimTimes, GuardEntry, Release, VersionGuard } from './version-guard.ts';

export interface DynamoDbVersionGuardOptions {
  readonly client: DynamoDBClient;
  /** Required. A table with the string key `key`. */
  readonly table: string;
  readonly clock: Clock;
}

/** Attributes to store under a key, if that is at `revision` (0: not there, and all of them are given). */
interface Change {
  readonly key: string;
  readonly set: Partial<GuardEntry>;
  readonly revision: number;
}

/** DynamoDB's limits on one BatchGetItem and one BatchExecuteStatement. */
const KEYS_PER_READ = 100;
const STATEMENTS_PER_BATCH = 25;
const REQUESTS_IN_FLIGHT = 8;
const MAX_ROUNDS = 10;
const BACKOFF_MS = 20;
/** Whoever changed the entry first: it is read and decided once more. */
const CONFLICTS = new Set(['ConditionalCheckFailed', 'DuplicateItem']);

/**
 * The version guard in DynamoDB. Each entry is read (consistently), decided, and stored by a PartiQL statement
 * that holds only at the revision that was read; a batch carries 25 of them, and each succeeds or fails alone.
 * A claim that is stale or busy costs no write.
 * @throws UsageError `no-such-table` or `no-credentials`, UnavailableError, or a `retryable` BanyanError.
 */
export class DynamoDbVersionGuard implements VersionGuard {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;
  readonly #limit = pLimit(REQUESTS_IN_FLIGHT);

  constructor(options: DynamoDbVersionGuardOptions) {
    this.#client = options.client;
    this.#table = options.table;
    this.#clock = options.clock;
  }

  async claim(claims: readonly Claim[], times: ClaimTimes): Promise<ClaimOutcome[]> {
    let outcomes = await this.#claimOnce(claims, times);
    for (let round = 1; ; round++) {
      const lost = claims.filter((_, at) => outcomes[at] === 'lost');
      if (lost.length === 0) return outcomes.filter((outcome) => outcome !== 'lost');
      if (round === MAX_ROUNDS) throw contended(this.#table);
      const again = await this.#claimOnce(lost, times);
      let next = 0;
      outcomes = outcomes.map((outcome) => (outcome === 'lost' ? (again[next++] ?? 'lost') : outcome));
    }
  }

  async release(releases: readonly Release[], busyUntilMs: number): Promise<void> {
    const changes = releases.map((release): Change => {
      // What the claim wrote already is left out: a shorter statement, and less to parse.
      const { version: _, deleted: __, ...set } = releasedEntry(release, busyUntilMs);
      return { key: release.held.key, set, revision: release.held.revision };
    });
    await this.#apply(changes);
  }

  async read(keys: readonly string[]): Promise<(GuardEntry | undefined)[]> {
    const entries = new Map<string, GuardEntry>();
    const reads = chunks([...new Set(keys)], KEYS_PER_READ).map((some) =>
      this.#limit(() => this.#readOnce(some, entries)),
    );
    await Promise.all(reads);
    return keys.map((key) => entries.get(key));
  }

  /** One outcome per claim; `lost`: somebody changed the entry first, and it is to be decided again. */
  async #claimOnce(claims: readonly Claim[], times: ClaimTimes): Promise<(ClaimOutcome | 'lost')[]> {
    const entries = await this.read(claims.map((claim) => claim.key));
    const decisions = claims.map((claim, at) => decideClaim(entries[at], claim, times));
    const changes = claims.map(({ key }, at) => changeOf(key, entries[at], decisions[at]));
    const applied = await this.#apply(changes.filter((change) => change !== undefined));
    let next = 0;
    return decisions.map((decision) => {
      if (decision.outcome !== 'take') return decision;
      return applied[next++] ? { outcome: 'claimed', held: decision.held } : 'lost';
    });
  }

  async #readOnce(keys: readonly string[], entries: Map<string, GuardEntry>): Promise<void> {
    let open = keys.map((key) => marshall({ key }));
    for (let round = 1; open.length > 0; round++) {
      if (round > MAX_ROUNDS) throw busy(this.#table, 'reads were not processed');
      if (round > 1) await this.#clock.sleep(BACKOFF_MS * 2 ** round);
      const request = { [this.#table]: { Keys: open, ConsistentRead: true } };
      const answer = await this.#explained(() =>
        this.#client.send(new BatchGetItemCommand({ RequestItems: request })),
      );
      for (const item of answer.Responses?.[this.#table] ?? []) {
        const { key, ...entry } = unmarshall(item) as { key: string } & GuardEntry;
        entries.set(key, entry);
      }
      open = answer.UnprocessedKeys?.[this.#table]?.Keys ?? [];
    }
  }

  /** Whether each change was made; one that was not met another revision. */
  async #apply(changes: readonly Change[]): Promise<boolean[]> {
    const batches = chunks(changes, STATEMENTS_PER_BATCH).map((some) =>
      this.#limit(async () => {
        const Statements = some.map((change) => statementOf(this.#table, change));
        const answer = await this.#explained(() =>
          this.#client.send(new BatchExecuteStatementCommand({ Statements })),
        );
        return some.map((_, at) => wasApplied(this.#table, answer.Responses?.[at]));
      }),
    );
    return (await Promise.all(batches)).flat();
  }

  async #explained<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      throw await explainDynamoDbError(thrown, { client: this.#client, table: this.#table });
    }
  }
}

const changeOf = (
  key: string,
  entry: GuardEntry | undefined,
  decision: ClaimDecision | undefined,
): Change | undefined =>
  decision?.outcome === 'take' ? { key, set: decision.entry, revision: entry?.revision ?? 0 } : undefined;

const statementOf = (table: string, { key, set, revision }: Change): BatchStatementRequest => {
  const names = Object.keys(set);
  const values = Object.values(set).map((value) =>
    typeof value === 'boolean' ? { BOOL: value } : { N: String(value) },
  );
  if (revision === 0) {
    const attributes = names.map((name) => `'${name}': ?`).join(', ');
    return {
      Statement: `INSERT INTO "${table}" VALUE {'key': ?, ${attributes}}`,
      Parameters: [{ S: key }, ...values],
    };
  }
  const assignments = names.map((name) => `SET "${name}" = ?`).join(' ');
  return {
    Statement: `UPDATE "${table}" ${assignments} WHERE "key" = ? AND "revision" = ?`,
    Parameters: [...values, { S: key }, { N: String(revision) }],
  };
};

const wasApplied = (table: string, response: BatchStatementResponse | undefined): boolean => {
  if (!response) throw busy(table, 'a statement was not answered');
  if (!response.Error) return true;
  const { Code = '', Message = '' } = response.Error;
  if (CONFLICTS.has(Code)) return false;
  throw Code === 'ValidationError' || Code === 'AccessDenied'
    ? new BanyanError('dynamodb-failed', `DynamoDB table ${table}: ${Code}: ${Message}`)
    : busy(table, `${Code}: ${Message}`);
};

const busy = (table: string, why: string): BanyanError =>
  new BanyanError('dynamodb-busy', `DynamoDB table ${table}: ${why}`, { retryable: true });

const contended = (table: string): BanyanError =>
  new BanyanError('guard-contended', `keys of ${table} are claimed by others again and again`, {
    retryable: true,
  });

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
