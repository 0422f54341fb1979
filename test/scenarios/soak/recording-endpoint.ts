import { type DynamoDbCall, openDynamoDbProxy } from '../../support/dynamodb-proxy.ts';
import type { HttpProxy, ProxyAnswer } from '../../support/http-proxy.ts';
import type { ShadowLog } from './shadow-log.ts';

/** A version that somebody wants to be stored. */
export interface WantedVersion {
  readonly key: string;
  readonly version: number;
}

export interface RecordingEndpointOptions {
  /** Required. The DynamoDB behind. */
  readonly behind: string;
  readonly table: string;
  readonly log: ShadowLog;
  /** Required. Keys whose writes are under way, shared by the endpoints of one table. */
  readonly lanes: Lanes;
  /** Required. Who writes through it. */
  readonly by: string;
  /** Optional. A write has come whole, and waits for this; the table has nothing of it yet. */
  arrived?(wanted: readonly WantedVersion[]): Promise<void> | void;
  /** Optional. The table has what it took of a write, and its writer has not been told. */
  stored?(): void;
}

/**
 * A DynamoDB endpoint that logs every version which a table comes to hold. All writes go through it, one after the
 * other for each key, and it hears the table's own answer, so that its order is the table's; whoever is killed
 * meanwhile takes nothing away from the log. The table's stream would be the natural place to listen at, but the
 * emulator writes none for what PartiQL inserts, and that is how a copy inserts.
 */
export const openRecordingEndpoint = (options: RecordingEndpointOptions): Promise<HttpProxy> =>
  openDynamoDbProxy(options.behind, async (call) => {
    const wanted = call.body.includes(options.table) ? wantedBy(call, options) : undefined;
    if (!wanted) return call.forward();
    await options.arrived?.(wanted);
    const keys = wanted.map(({ key }) => key);
    const answer = await options.lanes.inTurn(keys, () => record(call, wanted, options));
    options.stored?.();
    return answer;
  });

/** The turns of keys: a write waits for those before it that share a key with it. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  inTurn<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const done = Promise.all(keys.map((key) => this.#tails.get(key))).then(work);
    const tail = done.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) this.#tails.set(key, tail);
    void tail.then(() => {
      for (const key of keys) if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return done;
  }
}

type Json = { readonly [name: string]: unknown };
type Attribute = { readonly S?: string; readonly N?: string } | undefined;

/** What a call wants to store; `undefined` for one that only reads. */
const wantedBy = (
  { operation, body }: DynamoDbCall,
  { log, by }: RecordingEndpointOptions,
): WantedVersion[] | undefined => {
  if (READS.has(operation)) return undefined;
  const wanted = WRITES[operation]?.(JSON.parse(body));
  if (wanted?.every(({ key, version }) => key !== '' && Number.isSafeInteger(version))) return wanted;
  log.cannotRead(`${by} sent ${operation}: ${body.slice(0, 200)}`);
  return [];
};

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'DescribeTable']);

const versionIn = ({ key, version }: { readonly [name: string]: Attribute }): WantedVersion => ({
  key: key?.S ?? '',
  version: Number(version?.N),
});

const WRITES: { readonly [operation: string]: (body: Json) => WantedVersion[] } = {
  PutItem: ({ Item }) => [versionIn(Item as { [name: string]: Attribute })],
  BatchExecuteStatement: ({ Statements }) =>
    (Statements as { Statement: string; Parameters: Attribute[] }[]).map(({ Statement, Parameters }) => {
      const names = [...Statement.matchAll(/'(\w+)': \?/g)].map(([, name]) => name);
      return versionIn(Object.fromEntries(names.map((name, at) => [name, Parameters[at]])));
    }),
};

const record = async (
  call: DynamoDbCall,
  wanted: readonly WantedVersion[],
  { log, by }: RecordingEndpointOptions,
): Promise<ProxyAnswer> => {
  try {
    const answer = await call.forward();
    const taken = takenBy(call, answer);
    for (const [at, one] of wanted.entries()) if (taken(at)) log.stored({ ...one, by });
    return answer;
  } catch (thrown) {
    log.cannotRead(`${by} sent ${call.operation}, and nobody knows what became of it: ${String(thrown)}`);
    throw thrown;
  }
};

/** Which of the wanted versions the table took. */
const takenBy = ({ operation }: DynamoDbCall, { status, text }: ProxyAnswer): ((at: number) => boolean) => {
  if (status !== 200) return () => false;
  if (operation !== 'BatchExecuteStatement') return () => true;
  const { Responses = [] } = JSON.parse(text) as { Responses?: { Error?: unknown }[] };
  return (at) => Responses[at] !== undefined && Responses[at].Error === undefined;
};
