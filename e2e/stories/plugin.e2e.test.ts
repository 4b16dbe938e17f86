// A person works with kubectl db: docs/kubectl-db.md, each command as printed.
import { readFileSync } from 'node:fs';
import { LABEL_CHECK, LABEL_DATABASE, RUN_REQUEST_VARIABLE } from '@postgres-operator/api';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { startSilentProxy } from '../../packages/controller/test/silent-proxy.ts';
import { commandsOf } from '../documents/commands.ts';
import { walkThrough, type Section } from '../documents/walk.ts';
import { homeFor } from '../harness/plugin.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from '../harness/pods.ts';
import { applyAndWait, database, storyNamespace } from '../harness/story.ts';

const DOCUMENT = readFileSync(new URL('../../docs/kubectl-db.md', import.meta.url), 'utf8');

describe('A reader of docs/kubectl-db.md', () => {
  const kubectl = storyNamespace('plugin');
  const home = homeFor(inject('cluster'), kubectl.namespace);
  const document = walkThrough(commandsOf(DOCUMENT), home.shell);
  const states = (): Promise<string> => kubectl.sql('shop', 'shop', 'select state, count(*) from orders group by state');
  let section: Section;

  beforeAll(async () => {
    const ready = applyAndWait(kubectl, database('shop'), 'Ready');
    await document.section('Install').rest();
    await ready;
    await kubectl.sql('shop', 'shop', "set role app; create table orders as select id, 'paid' as state from generate_series(1, 1000) id");
  });
  afterAll(() => home.remove());

  it('is offered databases by Tab, once it is installed', async () => {
    expect((await home.shell.run("kubectl __complete db backup '' 2>/dev/null")).split('\n')).toEqual(['shop', ':4', '']);
  });

  it('sees how the database stands', async () => {
    section = document.section('How a database stands');
    await section.rest();
    const said = section.said('All of the namespace, and one of them');
    expect(said).toMatch(/^DATABASE +PHASE .*\nshop +Ready +1\/1 +- +- +- +-\n/);
    expect(said).toMatch(new RegExp(`\nDatabase shop in namespace ${kubectl.namespace}: Ready, postgres:14\n[^]*\nshop-0 +primary +Ready [^]*\nNewest backup +none\n[^]*\nNo trouble$`));
  });

  it('backs it up, reads the log, has the backup proven, and gets its files', async () => {
    section = document.section('Back up');
    await section.rest();
    expect(section.said('Now, and wait for its end')).toMatch(/^Backup shop-monday is Completed: .*Ki, 1000 rows of 1 tables, in \d+s, at pvc:\/\/shop-backups\//);
    expect(section.said('What the runner said')).toMatch(/^\d\d:\d\d:\d\d run started [^]*\n\d\d:\d\d:\d\d run ended outcome=succeeded$/);
    expect(section.said('Restore it into a server that is thrown away, and count')).toMatch(/^Backup shop-monday is proven: 1000 rows of 1 tables were restored/);
    expect(section.said('And what the runner said while it did that')).toMatch(/^\d\d:\d\d:\d\d run started command=drill [^]*outcome=succeeded$/);
    expect(section.said('What there is')).toMatch(/^KIND .*\nBackup +shop-monday +shop +Completed +.* ago +\S+ +\S+ +yes +-$/);
    const said = section.said('Its files here, each compared with what was stored');
    expect(said).toMatch(/^Backup shop-monday is in .*shop-monday, and is what was stored\. To restore it by hand, /);
    expect((await home.shell.run('cd ~/shop-monday && ls && sha256sum dump.pgcustom.zst')).split('\n')).toEqual(['dump.pgcustom.zst', 'globals.sql.zst', 'manifest.json', `${String((await kubectl.get('backup', 'shop-monday'))?.status?.['sha256'])}  dump.pgcustom.zst`, '']);
    const left = (await kubectl.list('pods')).filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && JSON.stringify(spec).includes('"name":"reader"'));
    expect(left).toEqual([]);
  });

  it('restores it, takes that back, and looks at it beside what is live', async () => {
    await kubectl.sql('shop', 'shop', "update orders set state = 'lost'");
    section = document.section('Restore');
    expect(await section.upTo('Put it back in the place of what is live')).toMatch(/^Restore undo-monday is Completed: shop-monday is in database shop, 1000 rows, .*\nWhat was live before is kept until \S+ To go back: kubectl db restore shop --undo undo-monday$/);
    expect(await states()).toBe('paid|1000');
    await section.upTo('And take that back');
    expect(await states()).toBe('lost|1000');
    await section.rest();
    expect(await kubectl.sql('shop', 'shop_monday', 'select count(*) from orders')).toBe('1000');
  });

  it('has data in scripts, and leaves out none of its commands', async () => {
    section = document.section('In scripts');
    await section.rest();
    expect(JSON.parse(section.said('Fail when it has not ended in ten minutes'))).toMatchObject({ kind: 'Backup', status: { phase: 'Completed', rows: 1000 } });
    expect(JSON.parse(section.said('Data about one database'))).toMatchObject({ name: 'shop', ready: true, proof: { name: 'shop-monday' }, lastRestore: { phase: 'Completed' }, troubles: [] });
    expect(document.left()).toEqual([]);
  });

  it('follows a log to its end, with each line once, although the line to the API server breaks again and again', async () => {
    const script = 'for n in $(seq 1 40); do echo "line $n"; sleep 0.2; done';
    const container = { name: 'runner', image: 'postgres:14', command: ['bash', '-c', script], env: [{ name: RUN_REQUEST_VARIABLE, value: '{}' }], securityContext: RESTRICTED_CONTAINER };
    await kubectl.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'speaker', labels: { [LABEL_CHECK]: 'x', [LABEL_DATABASE]: 'shop' } }, spec: { restartPolicy: 'Never', securityContext: RESTRICTED_POD, containers: [container] } });
    const { clusters: [only] } = parse(readFileSync(home.kubeconfig, 'utf8')) as { clusters: [{ cluster: { server: string } }] };
    const line = await startSilentProxy({ folder: home.folder, kubeconfig: home.kubeconfig, apiserverUrl: only.cluster.server });
    const cuts = setInterval(() => line.cut(), 1500);
    const said = await home.shell.run(`kubectl db logs check/shop --follow -o json --kubeconfig ${line.kubeconfig} 2>&1`).finally(() => clearInterval(cuts));
    await line.stop();
    expect(said.split('\n').filter((one) => one.startsWith('line '))).toEqual(Array.from({ length: 40 }, (_, index) => `line ${index + 1}`));
    expect(said).toContain('The check of Database shop: the line to the API server broke; it goes on without us, and we ask again');
  });

  it('whoever may only read is told what may not be done, and by whom it can be given', async () => {
    await kubectl('create', 'serviceaccount', 'reader');
    await kubectl('create', 'role', 'reader', '--verb=get,list', '--resource=databases.database.example.com,backups.database.example.com,restores.database.example.com');
    await kubectl('create', 'rolebinding', 'reader', '--role=reader', `--serviceaccount=${kubectl.namespace}:reader`);
    await home.addContext('reader', (await kubectl('create', 'token', 'reader')).trim());
    const told = await home.shell.run('kubectl db status shop --context reader; kubectl db backup shop --context reader 2>&1 || echo "ended with $?"');
    expect(told).toMatch(/\nshop-0 +primary +not known: pods may not be listed /);
    expect(told).toMatch(/backups\.database\.example\.com is forbidden: [^]*\nAsk whoever administers the cluster for this right\nended with 3\n$/);
  });
});
