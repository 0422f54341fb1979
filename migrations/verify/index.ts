export { compareRecords, type Difference, type Mismatch } from './compare.ts';
export { CannotTellError, type VerifyOptions, type VerifyParts, verify } from './verifier.ts';
export { type Verdict, type VerifyResult, verdictOf } from './verify-result.ts';
