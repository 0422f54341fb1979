import type { AddCommand } from './command.ts';

/** Adds `banyan doctor`: what is there, which choice is taken, and what to install. It fetches and starts nothing. */
export const addDoctor: AddCommand = (program, run) => {
  program
    .command('doctor')
    .description('Show which engines were found, which are taken, and what to install for what is missing.')
    .action(() =>
      run(async (context) =>
        (await import('./doctor-run.ts')).doctor(context, program.opts<{ config: string }>().config),
      ),
    );
};
