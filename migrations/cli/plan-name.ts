/** What a person names: a plan, and with `@` a fresh sink of it, in place of the one that the plan fills at present. */
export interface PlanName {
  /** `users-to-search`. */
  readonly plan: string;
  /** Absent: the plan's present sink. Of `users-to-search@users-2` that is `users-2`. */
  readonly into?: string;
}

/** A plan's own name has no `@`, so that a run, a report and a quarantine of either are never taken for the other's. */
export const parsePlanName = (name: string): PlanName => {
  const at = name.indexOf('@');
  return at < 0 ? { plan: name } : { plan: name.slice(0, at), into: name.slice(at + 1) };
};
