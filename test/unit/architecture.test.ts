import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PUBLIC_SURFACE } from '../support/public-surface.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TOP = ['infra', 'migrations', 'monolith', 'proxy', 'services', 'test'];
const PARTS = TOP.filter((top) => top !== 'test');

const filesBelow = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => ending.test(file) && !file.includes('cdk.out'));

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of one of our files by another, as paths from the root. */
const imports: Import[] = [...PARTS.flatMap((part) => filesBelow(part, /\.ts$/)), 'banyan.config.ts']
  .filter((file) => existsSync(join(ROOT, file)))
  .flatMap((from) => {
    const source = readFileSync(join(ROOT, from), 'utf8');
    const found = source.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
    return [...found].map(([, path = '']) => ({
      from,
      to: relative(ROOT, resolve(ROOT, dirname(from), path)),
    }));
  });

const violations = (from: string, allowed: (to: string, from: string) => boolean): string[] =>
  imports
    .filter(
      (it) => it.from.startsWith(`${from}/`) && !it.to.startsWith(`${from}/`) && !allowed(it.to, it.from),
    )
    .map((it) => `${it.from} imports ${it.to}`);

const isIn = (to: string, ...folders: string[]): boolean =>
  folders.some((folder) => to.startsWith(`${folder}/`));

describe('the import rules', () => {
  it('find imports at all', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('let nothing import the monolith', () => {
    expect(imports.filter((it) => isIn(it.to, 'monolith') && !isIn(it.from, 'monolith'))).toEqual([]);
  });

  it('let services import services alone', () => {
    expect(violations('services', () => false)).toEqual([]);
  });

  it('let services/core import services/core alone', () => {
    expect(violations('services/core', () => false)).toEqual([]);
  });

  it('let the proxy import services, and nothing else', () => {
    expect(violations('proxy', (to) => isIn(to, 'services'))).toEqual([]);
  });

  it('let migrations import services; their entry points everything but the monolith', () => {
    const entryPoint = (from: string) => isIn(from, 'migrations/cli');
    expect(
      violations(
        'migrations',
        (to, from) => isIn(to, 'services') || (entryPoint(from) && !isIn(to, 'monolith')),
      ),
    ).toEqual([]);
  });

  it('let only the demo start local engines, besides infra itself and doctor', () => {
    const starters = /^migrations\/cli\/(demo|doctor)/;
    expect(
      imports.filter(
        (it) => isIn(it.to, 'infra/local') && !isIn(it.from, 'infra') && !starters.test(it.from),
      ),
    ).toEqual([]);
  });

  it("let the monolith import core, outbox, clients, the shared entity and the proxy's middleware", () => {
    const allowed = (to: string) =>
      isIn(to, 'services/core', 'services/outbox') ||
      /^services\/[a-z]+\/(client|user-entity)\.ts$/.test(to) ||
      to === 'proxy/index.ts';
    expect(violations('monolith', allowed)).toEqual([]);
  });

  it('let infra import services alone, for what both must agree on', () => {
    expect(violations('infra', (to) => isIn(to, 'services'))).toEqual([]);
  });

  it('keep the SDKs out of the core and of the ports', () => {
    const ports = [
      'services/store/versioned-store.ts',
      'services/store/control-store.ts',
      'services/store/version-guard.ts',
      'services/search/search-index.ts',
      'services/stream/quarantine.ts',
      'services/outbox/event-stream.ts',
      'services/outbox/changes/change-feed.ts',
      'services/outbox/changes/position-store.ts',
      'services/outbox/unexplained/unexplained-store.ts',
      'services/outbox/unexplained/write-sites.ts',
      'services/stream/claim-store.ts',
      'migrations/backfill/source.ts',
      'migrations/backfill/checkpoint-store.ts',
    ];
    for (const file of [...ports, ...filesBelow('services/core', /\.ts$/)]) {
      expect({ file, source: readFileSync(join(ROOT, file), 'utf8') }).not.toMatchObject({
        source: expect.stringMatching(/from '(@aws-sdk|mongodb)/),
      });
    }
  });
});

describe('the READMEs', () => {
  const readmes = ['README.md', 'CONTRIBUTING.md', ...TOP.flatMap((top) => filesBelow(top, /README\.md$/))];

  it.each(readmes)('%s names only paths that exist', (readme) => {
    const text = readFileSync(join(ROOT, readme), 'utf8');
    const paths = [...text.matchAll(/`((?:infra|migrations|monolith|proxy|services|test)\/[\w./-]*)`/g)].map(
      (m) => m[1],
    );
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((m) =>
      join(dirname(readme), m[1] ?? ''),
    );
    expect([...paths, ...links].filter((path) => path && !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(readmes)('%s names only npm scripts that exist', (readme) => {
    const text = readFileSync(join(ROOT, readme), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...text.matchAll(/npm run ([a-z][\w:-]*)/g)].map((m) => m[1] ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly exports: { readonly [subpath: string]: { readonly types: string; readonly default: string } };
    readonly bin: { readonly [name: string]: string };
  };
  const parts = Object.entries(manifest.exports).filter(([subpath]) => subpath !== './package.json');
  const sourceOf = (file: string) => file.replace(/^\.\/dist\//, '').replace(/\.(d\.ts|js)$/, '.ts');

  it('exports every index but that of the local engines, built and typed', () => {
    const indexes = PARTS.flatMap((part) => filesBelow(part, /(^|\/)index\.ts$/));
    const exported = indexes.filter((file) => file !== 'infra/local/engines/index.ts').sort();
    expect(parts.map(([, target]) => sourceOf(target.default)).sort()).toEqual(exported);
    expect(parts.map(([, target]) => sourceOf(target.types)).sort()).toEqual(exported);
  });

  it.each(parts)('promises each name that %s exports, and no other', (subpath, target) => {
    const source = readFileSync(join(ROOT, sourceOf(target.default)), 'utf8');
    const lists = [...source.matchAll(/^export (type )?\{([^}]*)\}/gm)];
    const exported = lists.flatMap(([, type = '', names = '']) =>
      names.split(',').flatMap((name) => (name.trim() === '' ? [] : `${type}${name.trim()}`)),
    );
    const { values = [], types = [] } = PUBLIC_SURFACE[subpath.replace('./', '')] ?? {};
    expect(exported.sort()).toEqual([...values, ...types.map((name) => `type ${name}`)].sort());
  });

  it('promises nothing of a part that it does not export', () => {
    const subpaths = parts.map(([subpath]) => subpath.replace('./', ''));
    expect(Object.keys(PUBLIC_SURFACE).filter((subpath) => !subpaths.includes(subpath))).toEqual([]);
  });

  it('has its command', () => {
    expect(Object.values(manifest.bin).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
