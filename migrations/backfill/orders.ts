import type { BatchesAtOnce } from '../moves/plan.ts';
import type { BackfillRun } from './checkpoint-store.ts';
import type { Rate } from './throttle/rate.ts';

/** Who ordered something, and when. */
export interface Signed {
  readonly by: string;
  readonly atMs: number;
}

/** What operators want of a run that is under way; every worker looks each second. */
export interface Orders {
  readonly paused?: Signed;
  /** Of all workers together. */
  readonly rate?: Rate & Signed;
  /** Of each worker. */
  readonly concurrency?: BatchesAtOnce & Signed;
}

/** What an operator may order, from any terminal, while others work on the run; without a value: what was. */
export type Order =
  | { readonly action: 'pause' | 'resume' | 'cancel' }
  | { readonly action: 'throttle'; readonly rate?: Rate }
  | { readonly action: 'concurrency'; readonly range?: BatchesAtOnce };

/** The run once the order is given; `undefined` for a run that is over. */
export const ordered = (run: BackfillRun, order: Order, signed: Signed): BackfillRun | undefined => {
  if (run.ended) return undefined;
  if (order.action === 'cancel') return { ...run, ended: { as: 'cancelled', atMs: signed.atMs } };
  return { ...run, orders: { ...run.orders, ...change(order, signed) } };
};

/** What is `undefined` is gone once it was stored, since that is JSON. */
const change = (order: Exclude<Order, { action: 'cancel' }>, signed: Signed): Orders => {
  if (order.action === 'throttle') return only('rate', order.rate && { ...order.rate, ...signed });
  if (order.action === 'concurrency')
    return only('concurrency', order.range && { ...order.range, ...signed });
  return only('paused', order.action === 'pause' ? signed : undefined);
};

const only = (name: keyof Orders, value: object | undefined): Orders => ({ [name]: value });
