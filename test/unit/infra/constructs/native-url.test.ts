import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { BUNDLE_ALIASES } from '../../../../infra/constructs/bundling.ts';

/** The part of the driver's parser that the driver looks at. */
interface Parsed {
  readonly username: string;
  readonly password: string;
  readonly hosts: string[];
  readonly pathname: string;
  readonly href: string;
  readonly searchParams: URLSearchParams;
  redact(): { toString(): string };
}
type Parser = new (uri: string) => Parsed;

const require = createRequire(import.meta.url);
const PARSER = createRequire(require.resolve('mongodb')).resolve('mongodb-connection-string-url');

const parserWith = (alias: { [module: string]: string }): Parser => {
  const { outputFiles } = buildSync({
    entryPoints: [PARSER],
    bundle: true,
    platform: 'node',
    write: false,
    alias,
  });
  const module = { exports: {} as { ConnectionString: Parser } };
  new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '')(module, module.exports, require);
  return module.exports.ConnectionString;
};

const bundled = parserWith(BUNDLE_ALIASES);
const original = parserWith({});

const readingOf = (parser: Parser, uri: string): unknown => {
  try {
    const parsed = new parser(uri);
    const { username, password, hosts, pathname, href, searchParams } = parsed;
    const byName = ['tls', 'readPreferenceTags'].map((name) => searchParams.getAll(name.toUpperCase()));
    const options = [...searchParams];
    return { username, password, hosts, pathname, href, options, byName, redacted: String(parsed.redact()) };
  } catch (thrown) {
    return String(thrown);
  }
};

describe('a connection string in a bundle', () => {
  it.each([
    'mongodb://host',
    'mongodb://a:27017,b:27018,[::1]:27019/db?replicaSet=rs0&w=majority',
    'mongodb://user%40x:p%3Aw%2F@a,b/db?authSource=admin',
    'mongodb+srv://u:p@cluster.example.net/db?retryWrites=true',
    'mongodb://%2Ftmp%2Fmongodb-27017.sock/db',
    'mongodb://Under_score.EXAMPLE,b/',
    'mongodb://h/?readPreferenceTags=dc:ny,rack:1&readPreferenceTags=',
    'mongodb://h/?TLS=true&tls=true&appName=a+b%2Bc%20d',
    'mongodb://u:pä ß|^`@h/d b?x=%zz',
    'mongodb://u:@h',
    'mongodb://:p@h',
    'mongodb://u/x:p@h',
    'mongodb+srv://a,b/',
    'mongodb:///db',
    'mongodb://h:99999/',
    'https://h/',
    '',
  ])('reads %s as with the package itself', (uri) => {
    expect(readingOf(bundled, uri)).toEqual(readingOf(original, uri));
  });

  it('keeps its hosts and hides its password', () => {
    const parsed = new bundled('mongodb://ada:secret@a:1,b:2/db');
    expect(parsed.hosts).toEqual(['a:1', 'b:2']);
    expect(String(parsed)).toBe('mongodb://ada:secret@a:1,b:2/db');
    expect(parsed.redact().toString()).not.toContain('secret');
  });
});
