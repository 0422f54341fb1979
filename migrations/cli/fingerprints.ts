import { createHash } from 'node:crypto';
import { canonicalJson } from '../verify/canonical-json.ts';
import type { Fingerprints } from '../verify/certificate.ts';
import { codeHashOf } from './code-hash.ts';
import { type Config, partOf } from './config.ts';
import { planOf } from './open-plan.ts';

const CREDENTIALS = /\/\/[^@/]*@/;

/** Of the code and the configuration by which a plan is compared; no secret goes in. */
export const fingerprintsOf = async (
  config: Config,
  name: string,
  configFile: string,
): Promise<Pick<Fingerprints, 'codeHash' | 'configHash'>> => {
  const { entity, slice, fields, protocol, consumerName } = planOf(config, name);
  const { uri, database } = partOf(config, 'source');
  const source = { uri: uri.replace(CREDENTIALS, '//'), database };
  const said = canonicalJson({ source, plan: { name, entity, slice, fields, protocol, consumerName } });
  return {
    codeHash: await codeHashOf(configFile),
    configHash: createHash('sha256').update(said).digest('hex'),
  };
};
