import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Plan } from './plan.ts';
import type { ImageDefinition } from './types.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'plan-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function image(id: string, name: string, dockerfile: string): ImageDefinition {
  const file = join(folder, id);
  writeFileSync(file, dockerfile);
  return { id, name, dockerfile: file, context: { bundle: { kind: 'path', path: join(folder, 'bundle') } }, buildArgs: {} };
}

function images(debian = 'FROM scratch'): { plan: Plan; base: ImageDefinition; node: ImageDefinition; app: ImageDefinition } {
  writeFileSync(join(folder, 'bundle'), 'one');
  const base = image('base', 'docker.io/library/debian:slim', debian);
  const node = image('node', 'docker.io/library/node:24', 'FROM debian:slim');
  const app = image('app', 'docker.io/team/app:1', 'FROM node:24 AS node\nFROM debian:slim');
  return { plan: new Plan([app, node, base]), base, node, app };
}

describe('Plan', () => {
  it('puts bases before what is built on them, each once', () => {
    const { plan, base, node, app } = images();
    expect(plan.inOrder([app, node])).toEqual([base, node, app]);
  });

  it('keeps a key as long as nothing changes', () => {
    const { plan, app } = images();
    expect(images().plan.key(app)).toBe(plan.key(app));
  });

  it('changes the key of an image with its base', () => {
    const { plan, app } = images();
    const before = plan.key(app);
    expect(images('FROM scratch\nENV A=1').plan.key(app)).not.toBe(before);
  });

  it('changes the key of an image with what it copies and with its arguments', () => {
    const { plan, app, node, base } = images();
    const before = plan.key(app);
    const other = { ...app, buildArgs: { VERSION: '2' } };
    expect(new Plan([other, node, base]).key(other)).not.toBe(before);
    writeFileSync(join(folder, 'bundle'), 'two');
    expect(new Plan([app, node, base]).key(app)).not.toBe(before);
  });

  it('says which stand-in is missing', () => {
    const { app } = images();
    expect(() => new Plan([app]).key(app)).toThrow('There is no stand-in for node:24');
  });
});
