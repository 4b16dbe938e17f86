// What the documents of the repository say about the repository.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blocksOf } from './commands.ts';
import { NOT_RUN, TESTED } from './tested.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'e2e/**/*.md', '.github/**/*.md'], { cwd: ROOT, exclude: (path) => path.includes('node_modules') });

const textOf = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

/** The anchor that a heading gets where Markdown is shown. */
const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-');
const anchorsOf = (markdown: string): string[] => [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** The links within the repository that lead nowhere. */
function deadLinks(document: string): string[] {
  const links = [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
  return links.filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document : join(dirname(document), path);
    if (!existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(textOf(file)).includes(anchor);
  });
}

/** What readers type or apply. */
const PAGES = DOCUMENTS.filter((document) => /^(README|CONTRIBUTING|docs\/[\w-]+)\.md$/.test(document));
const blocksIn = (page: string): string[] => blocksOf(textOf(page)).map(({ lines }) => `${lines.join('\n')}\n`);
const isOf = (page: string, text: string) => (entry: { readonly page: string; readonly block?: string }): boolean => entry.page === page && text.includes(entry.block ?? '');

describe('What a page tells its reader to type', () => {
  it.each(PAGES)('of %s is run by a test, or is an exception with a reason', (page) => {
    expect(blocksIn(page).filter((text) => ![...TESTED, ...NOT_RUN].some(isOf(page, text)))).toEqual([]);
  });

  it.each(PAGES)('in %s stands between fences', (page) => {
    expect(textOf(page).replaceAll(/^```.*?^```/gms, '').split('\n').filter((line) => /^ {4}(kubectl|helm|npm|git|docker|apiVersion:|kind:)/.test(line))).toEqual([]);
  });

  it.each([...TESTED, ...NOT_RUN])('$page has what the list says of it: $block', ({ page, block = '' }) => {
    expect(blocksIn(page).some((text) => text.includes(block))).toBe(true);
  });

  it.each(TESTED)('$page, $block: is known to $test', ({ test, has }) => {
    expect(textOf(test)).toContain(has);
  });
});

describe('The documents', () => {
  it.each(DOCUMENTS)('%s has no link that leads nowhere', (document) => {
    expect(deadLinks(document)).toEqual([]);
  });

  it('dependencies.md names every library, and none that is not used', () => {
    const packages = globSync(['package.json', 'packages/*/package.json'], { cwd: ROOT }).map((file) => JSON.parse(textOf(file)) as Partial<Record<'dependencies' | 'devDependencies', Record<string, string>>>);
    const used = packages.flatMap(({ dependencies = {}, devDependencies = {} }) => Object.keys({ ...dependencies, ...devDependencies })).filter((name) => !name.startsWith('@postgres-operator/'));
    const libraries = textOf('docs/dependencies.md').split('## Beside libraries')[0] ?? '';
    const named = [...libraries.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, names = '']) => names.split(', ')).filter((name) => name !== 'package' && !name.startsWith('-'));
    expect([...new Set(named)].sort()).toEqual([...new Set(used)].sort());
  });

  it.each(DOCUMENTS)('%s knows only scripts that there are', (document) => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = [...textOf(document).matchAll(/npm run (?:-s )?([\w:-]*\w)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
