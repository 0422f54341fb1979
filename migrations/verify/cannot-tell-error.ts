import { BanyanError, messageOf } from '../../services/core/index.ts';
import type { VerifyResult } from './verify-result.ts';

/** The comparison began, and then a side stayed away: what was seen until then proves nothing. */
export class CannotTellError extends BanyanError {
  /** As far as it got. */
  readonly result: VerifyResult;

  constructor(result: VerifyResult, cause: unknown) {
    const message = `stopped after ${result.compared} documents, cannot tell: ${messageOf(cause)}`;
    super('cannot-tell', message, { cause });
    this.result = result;
  }
}
