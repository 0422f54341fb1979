/** What shares a route's traffic: Banyan's own proxies, or a rule of an Application Load Balancer. */
export const DIAL_KINDS = ['proxy', 'alb'] as const;
export type DialKind = (typeof DIAL_KINDS)[number];

/** What a command of `banyan canary` has to end with for a dial. */
export const dialFlagOf = (kind: DialKind): string => (kind === 'proxy' ? '' : ` --dial ${kind}`);

/** How much of a route's traffic the candidate gets, and who wanted it so. */
export interface DialReading {
  readonly weightPercent: number;
  /** `undefined` while nobody has ever set it; then the weight is 0. */
  readonly setAtMs: number | undefined;
  readonly by: string;
  readonly why: string;
  /** Whether it is 0 by a rollback, which ends cohorts, lists and pins too, until the dial is turned again. */
  readonly rolledBack?: boolean | undefined;
  /** What a compare-and-set has to name. */
  readonly revision: number;
}

/** A dial as it leaves in JSON. */
export interface DialState extends Omit<DialReading, 'setAtMs'> {
  /** `null` while nobody has ever set it. */
  readonly setAtMs: number | null;
}

/** What JSON can say of a reading. */
export const unsetAsNull = ({ setAtMs, ...reading }: DialReading): DialState => ({
  ...reading,
  setAtMs: setAtMs ?? null,
});

export interface DialChange {
  /** 0 to 100 in steps of 0.01. */
  readonly weightPercent: number;
  readonly by: string;
  readonly why: string;
  /** The revision that the decision was taken on; `any` for a rollback, which must not lose a race. */
  readonly expectedRevision: number | 'any';
}

/** Whatever shares traffic between control and candidate by a weight. */
export interface TrafficDial {
  read(route: string): Promise<DialReading>;
  /**
   * Sets the weight if the dial is at the expected revision, and answers what it then reads. The change is in
   * the route's history.
   * @throws UsageError for a weight that is none.
   * @throws RevisionConflictError when somebody else turned the dial first; nothing was changed.
   */
  set(route: string, change: DialChange): Promise<DialReading>;
}
