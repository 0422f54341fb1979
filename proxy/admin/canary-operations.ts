import type { Operation } from '../../services/admin/operation.ts';
import { canaryChanges } from './canary-changes.ts';
import { canaryEvidence } from './canary-evidence.ts';
import type { CanaryParts } from './canary-parts.ts';
import { canaryPins } from './canary-pins.ts';
import { canaryRamps } from './canary-ramps.ts';
import { canaryViews } from './canary-views.ts';

/** Live control of canaries: the functions behind `banyan canary`, over HTTP. */
export const canaryOperations = (parts: CanaryParts): Operation[] => [
  ...canaryViews(parts),
  ...canaryEvidence(parts),
  ...canaryChanges(parts),
  ...canaryPins(parts),
  ...canaryRamps(parts),
];
