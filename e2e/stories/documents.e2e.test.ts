// A reader who types what the documents say, page by page, as printed: the pages that no other story walks (e2e/documents/tested.ts).
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { commandsOf, stepsOf, type Command } from '../documents/commands.ts';
import { questionsOf } from '../documents/runbooks.ts';
import { homeFor } from '../harness/plugin.ts';
import { applyAndWait, conditionOf, database, restore, storyNamespace, waitFor } from '../harness/story.ts';

const textOf = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');

describe('A reader of the documents', () => {
  const kubectl = storyNamespace('documents');
  const home = homeFor(inject('cluster'), kubectl.namespace);
  const typed = async (commands: readonly Command[]): Promise<string[]> => {
    const printed: string[] = [];
    for (const { text } of commands) printed.push(await home.shell.run(text));
    return printed;
  };

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop', { replicas: 2 }), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table customers (id int primary key); create table orders (placed_at timestamptz, customer_id int)');
  });
  afterAll(() => home.remove());

  it('has a backup proven by a drill, and asks for another one (drills.md)', async () => {
    const printed = await typed(stepsOf(textOf('drills.md')));
    expect(JSON.parse(printed[2] ?? '')).toMatchObject({ tables: 2 });
  });

  it('waits as scripts do (gitops.md), and reads how large it is (planning.md)', async () => {
    await typed(commandsOf(textOf('gitops.md')));
    const [plainBytes] = await typed(commandsOf(textOf('planning.md')));
    expect(Number(plainBytes)).toBeGreaterThan(0);
  });

  it('runs a schedule now and scans its storage (schedules-and-retention.md)', async () => {
    await typed(stepsOf(textOf('schedules-and-retention.md')));
    const schedule = await waitFor(kubectl, 'backup/nightly', { what: 'a run that was asked for', wanted: ({ status }) => status?.['runNow'] !== undefined });
    expect(conditionOf(schedule, 'Scheduled')?.status).toBe('True');
  });

  it('may restore as the page says (restore.md)', async () => {
    for (const said of await typed(stepsOf(textOf('restore.md'), '--dry-run=server'))) expect(said).toContain('created (server dry run)');
  });

  it('asks whether another major version is possible (upgrades.md)', async () => {
    const [ask, answer] = commandsOf(textOf('upgrades.md')).filter(({ text }) => /check-upgrade|UpgradePossible/.test(text));
    if (ask === undefined || answer === undefined) throw new Error('upgrades.md does not say how to ask whether an upgrade is possible');
    await typed([ask]);
    await waitFor(kubectl, 'database/shop', { what: 'an answer', wanted: (object) => conditionOf(object, 'UpgradePossible') !== undefined });
    expect((await typed([answer])).join('')).not.toBe('');
  });

  it('is answered each question of the runbooks', async () => {
    // One that waits for ever, so that there is a Restore to be found.
    await kubectl.apply(restore('waiting', 'shop', 'not-there'));
    const names = { NS: kubectl.namespace, DB: 'shop', NAME: 'nightly', BACKUP: 'shop-monday' };
    const questions = questionsOf(textOf('runbooks.md'), names);
    expect(questions.length).toBeGreaterThan(10);
    for (const question of questions) await home.shell.run(question);
  });

  it('looks after the Database (databases.md)', async () => {
    const printed = await typed(stepsOf(textOf('databases.md')));
    expect(printed.join('')).toMatch(/persistentvolumeclaim "data-shop-1" deleted[^]*database.database.example.com\/shop patched[^]*shop annotated[^]*secret\/shop-credentials patched[^]*shop annotated/);
  });
});
