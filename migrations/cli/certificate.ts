import type { AddCommand } from './command.ts';
import { milliseconds, SETTLE_MS } from './verify.ts';

/** Adds `banyan certificate check FILE`. */
export const addCertificate: AddCommand = (program, run) => {
  const group = program
    .command('certificate')
    .description('That source and sink were equal, as `banyan verify PLAN --certificate FILE` wrote it.');
  group
    .command('check <file>')
    .description(
      'Compare what the source changed since a certificate was issued, and say whether it still holds.',
    )
    .option('--settle-ms <ms>', 'how long a difference may take to settle', milliseconds, SETTLE_MS)
    .addHelpText(
      'after',
      `
It begins at the certificate's first position, so that no change is missed, deletions included. It does not see what
somebody wrote into the sink past the write law meanwhile: another verify does.

Ends with 0 when it holds, 4 when it does not because of documents that came into quarantine since, 5 when it does not
otherwise, 6 when nobody can tell: the oplog no longer reaches back, or code or
configuration changed.`,
    )
    .action((file: string, { settleMs }: { settleMs: number }) =>
      run(async (context) => {
        const { checkCertificate } = await import('./certificate-check.ts');
        return checkCertificate(context, file, {
          settleMs,
          config: program.opts<{ config: string }>().config,
        });
      }),
    );
};
