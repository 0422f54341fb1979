import pc from 'picocolors';

/** Where commands write: text for people, or with `--json` one JSON value per line on stdout and nothing else. */
export interface Output {
  readonly json: boolean;
  /** Whether a person watches: progress bars and questions make sense. */
  readonly interactive: boolean;
  /** A line for people; silent with `--json`. */
  line(text?: string): void;
  /** The command's answer: `value` with `--json`, `text` otherwise. */
  result(value: unknown, text: string): void;
  /** Something a person should know, on stderr, in both modes. */
  warn(text: string): void;
}

export const createOutput = (options: { json: boolean }): Output => ({
  json: options.json,
  interactive: !options.json && process.stdout.isTTY === true,
  line: (text = '') => {
    if (!options.json) process.stdout.write(`${text}\n`);
  },
  result: (value, text) => {
    process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
  },
  warn: (text) => {
    process.stderr.write(`${pc.yellow('warning:')} ${text}\n`);
  },
});
