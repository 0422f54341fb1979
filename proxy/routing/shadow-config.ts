import { z } from 'zod';
import { messageOf } from '../../services/core/index.ts';
import { fieldPattern } from '../shadow/field-path.ts';

const percent = z.number().min(0).max(100);

const path = z.string().superRefine((text, context) => {
  try {
    fieldPattern(text);
  } catch (thrown) {
    context.addIssue({ code: 'custom', message: messageOf(thrown) });
  }
});

const rankedSchema = z.strictObject({
  /** Required. The list: `body.users`. */
  path,
  /** Optional: the field that says which element it is, as `id`; the whole element otherwise. */
  key: z.string().min(1).optional(),
  /** Optional: defaults to 10. How many from the top are compared. */
  top: z.int().min(1).max(1_000).default(10),
  /** Optional: defaults to 80. Per cent of them that both sides must have. */
  minOverlapPercent: percent.default(80),
});

const toleranceSchema = z
  .strictObject({
    path,
    /** Optional: defaults to 0. How far two numbers may be apart. */
    absolute: z.number().min(0).default(0),
    /** Optional: defaults to 0. The same in per cent of the larger one. */
    relativePercent: percent.default(0),
  })
  .refine(({ absolute, relativePercent }) => absolute > 0 || relativePercent > 0, {
    message: 'needs absolute or relativePercent',
  });

/** What of a route's traffic is also sent to the other side, and what counts as a difference between answers. */
export const shadowSchema = z.strictObject({
  /** Required. Per cent of the route's safe requests, in any steps. */
  percent,
  /** Optional: defaults to 10. Per cent of those for which the control is asked once more, to learn what is noise. */
  noisePercent: percent.default(10),
  /** Optional: defaults to 262,144. Answers above this many bytes, decoded, are not compared. */
  maxAnswerBytes: z.int().min(1).max(16_777_216).default(262_144),
  /** Optional: defaults to content-type. Headers that are compared. */
  headers: z.array(z.string().regex(/^[\w-]+$/, 'is a header name')).default(['content-type']),
  /** Optional. Fields that may differ: `body.now`, `**.requestId`. */
  ignore: z.array(path).default([]),
  /** Optional. Lists whose order says nothing: `body.tags`. */
  unordered: z.array(path).default([]),
  /** Optional. Lists by relevance, as search results: enough of the top ones must be the same. */
  ranked: z.array(rankedSchema).default([]),
  /** Optional. Numbers that may be a little apart. */
  tolerance: z.array(toleranceSchema).default([]),
  /** Optional. Fields whose values samples may show; all others are reduced to their shape. */
  show: z.array(path).default([]),
});

export type ShadowConfig = z.infer<typeof shadowSchema>;
