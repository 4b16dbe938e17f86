// What Argo CD would say of an object, by the script that docs/gitops.md gives it.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ensureDebianPackages } from '../lib/packages.ts';
import { run } from '../lib/run.ts';
import type { KubeObject } from './kubectl.ts';

const DOCUMENT = readFileSync(new URL('../../docs/gitops.md', import.meta.url), 'utf8');

function script(): string {
  const [, block = ''] = /```yaml\n(.*?)```/s.exec(DOCUMENT) ?? [];
  const { data } = parse(block) as { data: Record<string, string> };
  const customizations = parse(data['resource.customizations'] ?? '') as Record<string, { 'health.lua': string }>;
  return customizations['database.example.com/*']?.['health.lua'] ?? '';
}

/** JSON as Lua writes it. */
function toLua(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return `{${value.map(toLua).join(', ')}}`;
  if (typeof value === 'object') return `{${Object.entries(value).map(([key, content]) => `[${toLua(key)}] = ${toLua(content)}`).join(', ')}}`;
  // Argo CD's Lua is 5.1, which knows decimal escapes only.
  return typeof value === 'string' ? `"${[...Buffer.from(value)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"` : String(value);
}

/** Healthy, Progressing, Degraded or Suspended, and the message. */
export async function argoHealth(object: KubeObject): Promise<string> {
  await ensureDebianPackages(['lua5.1']);
  const program = `obj = ${toLua(object)}\nlocal health = (function()\n${script()}\nend)()\nprint(health.status .. ": " .. health.message)`;
  return (await run('lua5.1', ['-'], { input: program })).stdout.trim();
}
