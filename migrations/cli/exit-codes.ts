/** What a command's exit code says; `banyan --help` prints this table. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  unavailable: 3,
  rejects: 4,
  different: 5,
  cannotTell: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
