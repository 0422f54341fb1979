import { z } from 'zod';
import { DIAL_KINDS } from '../ramp/traffic-dial.ts';
import { isWeightPercent } from '../routing/weight.ts';

/** Which dial a route is of: a load balancer's rule and a route of the proxy may have one name. */
export const dial = z
  .enum(DIAL_KINDS)
  .default('proxy')
  .describe("What shares the route's traffic: Banyan's proxies, or a rule of a load balancer (`alb`).");

/** A weight as a request gives it. */
export const weightPercent = z
  .number()
  .min(0)
  .max(100)
  .refine(isWeightPercent, 'is a percentage in steps of 0.01')
  .describe('0 to 100 in steps of 0.01.');
/** Why somebody does something. */
export const why = z.string().trim().max(500).describe('For the history.');

/** Whose dial it is about. */
export const cohort = z
  .string()
  .optional()
  .describe("A cohort of the route: its dial, and not the route's own.");
/** What kind of keys those of a request are. */
export const credentials = z
  .boolean()
  .default(false)
  .describe('Keys are tokens or session cookies: they are hashed as the proxy does.');
/** A user, by whatever the route's key sources say of him. */
export const key = z.string().trim().min(1).max(512);
