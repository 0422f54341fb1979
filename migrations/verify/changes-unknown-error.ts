import { BanyanError } from '../../services/core/index.ts';

/** The source no longer knows what changed since a position. */
export class ChangesUnknownError extends BanyanError {
  constructor(position: string, why: string, cause?: unknown) {
    super(
      'changes-unknown',
      `nobody can tell what changed since ${position}: ${why}; compare in full, with \`--checksum\``,
      { cause },
    );
  }
}
