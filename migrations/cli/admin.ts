import { Option } from 'commander';
import { ROLES, type Role } from '../../services/admin/person.ts';
import type { AdminFlags } from './admin-run.ts';
import type { AddCommand } from './command.ts';
import { parsePort } from './parse-port.ts';

/** Adds `banyan admin` and `banyan admin token`. */
export const addAdmin: AddCommand = (program, run) => {
  const admin = program
    .command('admin')
    .description(
      'Serve the page and the API for live control of backfills and canaries, on loopback, until Ctrl-C.',
    )
    .option('--host <host>', 'another address than admin.host; what is no loopback belongs behind TLS')
    .option('--port <port>', 'another port than admin.port; 0 takes a free one', parsePort)
    .option('--openapi', 'print the OpenAPI document instead', false)
    .action(({ openapi, ...flags }: AdminFlags & { openapi: boolean }) =>
      run(async (context) => {
        const { printOpenApi, runAdmin } = await import('./admin-run.ts');
        return openapi ? printOpenApi(context) : runAdmin(context, flags);
      }),
    );
  admin
    .command('token <name>')
    .description('Make a token for a person or a program, and say what the server stores of it.')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .action((name: string, { role }: { role: Role }) =>
      run(async (context) => (await import('./admin-run.ts')).printToken(context, name, role)),
    );
};
