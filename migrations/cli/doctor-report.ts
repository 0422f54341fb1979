import pc from 'picocolors';

/** One way to have something, and whether it is there. */
export interface DoctorChoice {
  readonly choice: string;
  readonly availability: 'ready' | 'fetchable' | 'missing';
  readonly detail: string;
}

/** `missing` is something Banyan cannot do without; `absent` is merely good to know. */
export type DoctorStatus = 'ok' | 'absent' | 'missing';

/** One thing that `banyan doctor` looked at. */
export interface DoctorCheck {
  readonly name: string;
  readonly status: DoctorStatus;
  readonly detail: string;
  /** Where there are several ways to have it: all of them, best first. */
  readonly choices?: readonly DoctorChoice[];
  /** The choice that is taken, if any works. */
  readonly taken?: string;
}

/** Whether nothing that is needed is missing. */
export const isHealthy = (checks: readonly DoctorCheck[]): boolean =>
  checks.every((check) => check.status !== 'missing');

/** Something that may be had in several ways: the first that is not missing is taken. */
export const checkOfChoices = (
  name: string,
  choices: readonly DoctorChoice[],
  advice: string,
): DoctorCheck => {
  const taken = choices.find((choice) => choice.availability !== 'missing');
  return taken
    ? { name, status: 'ok', detail: `${taken.choice} (${taken.detail})`, choices, taken: taken.choice }
    : { name, status: 'missing', detail: advice, choices };
};

/** Something that is good to have. */
export const checkOfOptional = ({ choice, availability, detail }: DoctorChoice): DoctorCheck => ({
  name: choice,
  status: availability === 'missing' ? 'absent' : 'ok',
  detail,
});

/** Whether a Node of this version runs Banyan. */
export const checkOfNode = (version: string, needed: string): DoctorCheck => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  const enough = major > neededMajor || (major === neededMajor && minor >= neededMinor);
  return enough
    ? { name: 'Node', status: 'ok', detail: version }
    : { name: 'Node', status: 'missing', detail: `${version}: ${needed} is needed (npm ci brings one)` };
};

/** The checks as a person reads them. */
export const renderChecks = (checks: readonly DoctorCheck[]): string => {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap((check) => [
    `${MARKS[check.status]} ${check.name.padEnd(width)}  ${check.detail}`,
    ...(check.choices ?? []).map((choice) => renderChoice(choice, check.taken)),
  ]);
  const verdict = isHealthy(checks)
    ? 'Everything that Banyan needs is there or can be fetched.'
    : 'Something that Banyan needs is missing: see ✘ above.';
  return `${lines.join('\n')}\n${verdict}`;
};

const MARKS: { readonly [status in DoctorStatus]: string } = {
  ok: pc.green('✔'),
  absent: pc.dim('–'),
  missing: pc.red('✘'),
};

const renderChoice = ({ choice, availability, detail }: DoctorChoice, taken?: string): string => {
  const mark = choice === taken ? '➜' : availability === 'missing' ? '✘' : '·';
  return pc.dim(`    ${mark} ${choice}: ${detail}`);
};
