/** `viewer` may look; `operator` may also change something. */
export const ROLES = ['viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** Whose token a request carries. The name is what histories record. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

/** Whether a person may do what a role is needed for. */
export const mayDo = (person: Person, needed: Role): boolean =>
  ROLES.indexOf(person.role) >= ROLES.indexOf(needed);
