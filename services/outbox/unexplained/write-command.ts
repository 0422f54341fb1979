import type { Document, Timestamp } from 'mongodb';
import { entityKeyOf } from '../../core/index.ts';
import type { ClusterTime } from '../changes/cluster-time.ts';
import type { RecordedWrite } from './recorded-write.ts';

const COMMANDS = ['insert', 'update', 'delete', 'findAndModify'] as const;

/** Which write a command is; `undefined` for what writes no documents. */
export const writeCommandOf = (name: string): RecordedWrite['command'] | undefined =>
  COMMANDS.find((command) => command === name);

/** The keys of the documents that a write command names; `undefined` when a filter is about more than `_id`. */
export const keysNamedBy = (name: RecordedWrite['command'], command: Document): string[] | undefined => {
  if (name === 'insert') return (command.documents as Document[]).map(({ _id }) => entityKeyOf(_id));
  const filters: Document[] =
    name === 'findAndModify'
      ? [command.query ?? {}]
      : ((command.updates ?? command.deletes) as Document[]).map(({ q }) => q as Document);
  const keys = filters.map(keyNamedBy).filter((key) => key !== undefined);
  return keys.length === filters.length ? keys : undefined;
};

const keyNamedBy = ({ _id }: Document): string | undefined => {
  if (_id === undefined) return undefined;
  const operator =
    typeof _id === 'object' && _id !== null && Object.keys(_id).find((key) => key.startsWith('$'));
  if (!operator) return entityKeyOf(_id);
  return operator === '$eq' ? entityKeyOf(_id.$eq) : undefined;
};

/** How many documents a write command changed, by its answer. */
export const changedBy = (name: RecordedWrite['command'], reply: Document): number => {
  if (name === 'update')
    return Number(reply.nModified ?? 0) + ((reply.upserted as unknown[] | undefined)?.length ?? 0);
  return Number((name === 'findAndModify' ? reply.lastErrorObject?.n : reply.n) ?? 0);
};

/** The transaction that a command belongs to, named as in change events; `undefined` when to none. */
export const transactionIn = (command: Document): string | undefined =>
  command.autocommit === false ? `${command.lsid.id.toString('hex')}:${command.txnNumber}` : undefined;

/** A BSON timestamp, as one finds it in commands and answers. */
export const timeIn = (timestamp: unknown): ClusterTime | undefined => {
  const time = timestamp as Timestamp | undefined;
  return time ? { t: time.getHighBitsUnsigned(), i: time.getLowBitsUnsigned() } : undefined;
};
