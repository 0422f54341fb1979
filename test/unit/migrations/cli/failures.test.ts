import { describe, expect, it } from '@jest/globals';
import { MongoNetworkError, MongoParseError, MongoServerError } from 'mongodb';
import { EXIT_CODES } from '../../../../migrations/cli/exit-codes.ts';
import { exitCodeOf, explain } from '../../../../migrations/cli/failures.ts';
import { BanyanError, UnavailableError, UsageError } from '../../../../services/core/index.ts';

const named = (name: string, message: string, details: object = {}) =>
  Object.assign(new Error(message), { name, ...details });
const seen = (thrown: unknown) => ({ code: exitCodeOf(thrown, false), said: explain(thrown) });

const { usage, unavailable, failed, interrupted } = EXIT_CODES;

describe('what a command says of an error', () => {
  it.each([
    ['a mistake', new UsageError('no such plan'), usage, 'no such plan'],
    [
      'a mistake with its cause',
      new UsageError('no such stream', { cause: named('ResourceNotFoundException', 'x') }),
      usage,
      'no such stream',
    ],
    ['an error of ours', new BanyanError('history-lost', 'begin anew'), failed, 'begin anew'],
    [
      'a URI that is none',
      new MongoParseError('option foo is not supported'),
      usage,
      'source.uri: option foo is not supported',
    ],
    [
      'a wrong password',
      new MongoServerError({ message: 'Authentication failed.', code: 18 }),
      usage,
      'MongoDB does not know the user and the password of source.uri',
    ],
    [
      'a right that is missing in MongoDB',
      new MongoServerError({
        message: 'not authorized on shop to execute command { create: "outbox", lsid: { id: 1 } }',
        code: 13,
      }),
      usage,
      'the user of source.uri may not do create on the database shop',
    ],
    [
      'a replica set of another name',
      named('MongoServerSelectionError', 'Server selection timed out after 3000 ms', {
        reason: { setName: 'rs9', servers: new Map() },
      }),
      usage,
      'source.uri: none of its servers is of the replica set rs9: correct replicaSet',
    ],
    [
      'no region',
      new Error('Region is missing'),
      usage,
      'no AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile with one',
    ],
    [
      'no credentials',
      named('CredentialsProviderError', 'none found'),
      usage,
      'there are no AWS credentials (none found): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    ],
    [
      'credentials of yesterday',
      named('ExpiredTokenException', 'The security token is expired'),
      usage,
      'AWS does not accept the credentials: The security token is expired',
    ],
    [
      'a right that is missing in AWS, below an error of ours',
      new BanyanError('put-failed', 'the write failed', {
        cause: named('AccessDeniedException', 'ada may not dynamodb:PutItem'),
      }),
      usage,
      'AWS forbids it: ada may not dynamodb:PutItem',
    ],
    [
      'a table that is not there',
      named('ResourceNotFoundException', 'Requested resource not found: Table: control'),
      usage,
      'AWS does not have it here: Requested resource not found: Table: control',
    ],
  ])('explains %s', (_, thrown, code, said) => {
    expect(seen(thrown)).toEqual({ code, said });
  });

  it.each([
    [
      new UnavailableError('the proxy', 'http://127.0.0.1:1'),
      'the proxy does not answer at http://127.0.0.1:1',
    ],
    [
      named('MongoServerSelectionError', 'connect ECONNREFUSED 127.0.0.1:1', {
        reason: {
          setName: 'rs0',
          servers: new Map([
            ['a:1', {}],
            ['b:2', {}],
          ]),
        },
      }),
      'MongoDB does not answer at a:1,b:2',
    ],
    [
      new MongoNetworkError('connection 3 to 127.0.0.1:27017 closed'),
      'MongoDB does not answer at connection 3 to 127.0.0.1:27017 closed',
    ],
    [
      named('Error', 'querySrv ENOTFOUND _mongodb._tcp.nowhere.invalid', {
        code: 'ENOTFOUND',
        syscall: 'querySrv',
        hostname: '_mongodb._tcp.nowhere.invalid',
      }),
      'MongoDB does not answer at _mongodb._tcp.nowhere.invalid',
    ],
    [
      named('Error', 'connect ECONNREFUSED 127.0.0.1:1', {
        code: 'ECONNREFUSED',
        address: '127.0.0.1',
        port: 1,
      }),
      'an AWS endpoint does not answer at 127.0.0.1:1',
    ],
    [
      named('Error', 'getaddrinfo ENOTFOUND kinesis.nowhere', {
        code: 'ENOTFOUND',
        hostname: 'kinesis.nowhere',
      }),
      'an AWS endpoint does not answer at kinesis.nowhere',
    ],
    [named('TimeoutError', 'socket hang up'), 'an AWS endpoint does not answer at socket hang up'],
  ])('asks whether an engine runs: %s', (thrown, said) => {
    expect(seen(thrown)).toEqual({
      code: unavailable,
      said: `${said}: is it running, and is the address right? \`banyan doctor\` shows what was found`,
    });
  });

  it('shows the stack of a fault of ours, and never a password', () => {
    const { code, said } = seen(new TypeError('cannot read mongodb://ada:secret@host/'));
    expect(code).toBe(failed);
    expect(said).toMatch(/^TypeError: cannot read mongodb:\/\/host\/\n +at /);
  });

  it('ends with 130 whatever an interrupted command threw', () => {
    expect(exitCodeOf(new UsageError('x'), true)).toBe(interrupted);
  });
});
