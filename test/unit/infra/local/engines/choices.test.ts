import { describe, expect, it } from '@jest/globals';
import { awsChoices } from '../../../../../infra/local/engines/aws-emulator.ts';
import { engineOptions } from '../../../../../infra/local/engines/engine-options.ts';
import { adviceForMongo, mongoChoices } from '../../../../../infra/local/engines/mongo.ts';
import { openSearchChoices } from '../../../../../infra/local/engines/opensearch.ts';

const optionsOf = (env: { [name: string]: string }) => engineOptions(env, () => {});
const mongoNames = (env: { [name: string]: string }) => mongoChoices(optionsOf(env)).map(({ name }) => name);
const awsNames = (env: { [name: string]: string }) => awsChoices(optionsOf(env)).map(({ name }) => name);

describe('where MongoDB comes from', () => {
  it('is a container, then mongod on the PATH, then a download, then a Python package', () => {
    expect(mongoNames({})).toEqual([
      'mongo:8 in a container',
      'mongod on the PATH',
      "MongoDB's download site",
      'mongod from a Python package',
    ]);
  });

  it('is the one that MONGODB_URI names, and nothing else, when it is set', () => {
    expect(mongoNames({ MONGODB_URI: 'mongodb://db.example/' })).toEqual(['MONGODB_URI']);
  });

  it('is a container and nothing else when containers are required, whatever else is named', () => {
    const env = { BANYAN_REQUIRE_CONTAINERS: '1', MONGODB_URI: 'mongodb://db.example/' };
    expect(mongoNames(env)).toEqual(['mongo:8 in a container']);
    expect(adviceForMongo(optionsOf(env))).toContain('BANYAN_REQUIRE_CONTAINERS=1');
  });

  it('takes the image that BANYAN_MONGODB_IMAGE names', () => {
    expect(mongoNames({ BANYAN_MONGODB_IMAGE: 'mongo:7' })[0]).toBe('mongo:7 in a container');
  });

  it('does not take an empty variable for a choice', () => {
    expect(mongoNames({ MONGODB_URI: '', BANYAN_MONGODB_IMAGE: '' })[0]).toBe('mongo:8 in a container');
  });
});

describe('where the AWS emulator comes from', () => {
  it('is a Python package, then a container', () => {
    expect(awsNames({})).toEqual([
      'MiniStack from a Python package',
      'ministackorg/ministack:1.5.33 in a container',
    ]);
  });

  it('is the endpoint that AWS_ENDPOINT_URL names, and nothing else, when it is set', () => {
    expect(awsNames({ AWS_ENDPOINT_URL: 'http://aws.example' })).toEqual(['AWS_ENDPOINT_URL']);
  });
});

describe('where OpenSearch comes from', () => {
  const names = (env: { [name: string]: string }) =>
    openSearchChoices(optionsOf(env)).map(({ name }) => name);

  it('is Maven', () => {
    expect(names({})).toEqual(['OpenSearch by Maven']);
  });

  it('is the one that OPENSEARCH_URL names, and nothing else, when it is set', () => {
    expect(names({ OPENSEARCH_URL: 'http://search.example' })).toEqual(['OPENSEARCH_URL']);
  });

  it('says what a machine lacks that has no Java', async () => {
    const [choice] = openSearchChoices(optionsOf({ PATH: '/nowhere' }));
    expect(await choice?.look()).toEqual({ availability: 'missing', detail: 'there is no java on the PATH' });
  });
});
