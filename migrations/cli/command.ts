import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** Runs one command's body; the answer is the exit code. Errors that it throws become exit codes in `main`. */
export type Run = (body: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

/** Adds a command to the program: one such function per file, listed in `main`. */
export type AddCommand = (program: Command, run: Run) => void;
