import { z } from 'zod';

/** All that operators may pin at once: every instance reads them as often as the weights. */
export const MAX_PINS = 200;
/** Where they stand in the control store. */
export const PINS_KEY = 'pins';

const sideSchema = z.enum(['control', 'candidate']);

/** A user whom an operator has put on a side. */
const pinSchema = z.object({
  route: z.string(),
  /** The sticky key: what stands in the user's cookie, or what the route's key sources say. */
  key: z.string(),
  side: sideSchema,
  /** Absent: until it is taken away. */
  untilMs: z.number().optional(),
  atMs: z.number(),
  by: z.string(),
  why: z.string(),
});

export const storedPinsSchema = z.object({ pins: z.array(pinSchema) });

export type Pin = z.infer<typeof pinSchema>;

/** One entry of the append-only log `pins:<route>`; its time is the log's. */
export interface PinChange {
  readonly change: 'pinned' | 'unpinned';
  readonly key: string;
  readonly side: Pin['side'];
  readonly untilMs?: number | undefined;
  readonly by: string;
  readonly why: string;
}

export const pinLog = (route: string): string => `pins:${route}`;

export const isInForce = ({ untilMs }: Pin, nowMs: number): boolean =>
  untilMs === undefined || nowMs < untilMs;
