// Where a server offers TLS, every session of a run is encrypted: the runner's own and those of its tools.
import { chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createServerPki } from '../../../e2e/cluster/pki.ts';
import { backUpAndGoOn, succeeded, useRig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { until } from './stories.ts';

const rig = useRig(['logging_collector=on', 'log_filename=server.log', 'log_connections=on']);

beforeAll(async () => {
  const { data, query } = rig.server();
  const { cert, key } = await createServerPki(['localhost']);
  const { uid, gid } = await stat(data);
  for (const [name, content] of [['tls.crt', cert], ['tls.key', key]] as const) {
    await writeFile(join(data, name), content, { mode: 0o600 });
    await chown(join(data, name), uid, gid);
  }
  for (const setting of [`ssl_cert_file = 'tls.crt'`, `ssl_key_file = 'tls.key'`, 'ssl = on']) await query('postgres', `alter system set ${setting}`);
  await query('postgres', 'select pg_reload_conf()');
  await until('TLS', async () => (await query('postgres', 'show ssl'))[0]?.['ssl'] === 'on');
});

/** Lines of the server's log about sessions of the operator that were let in. */
async function sessions(): Promise<string[]> {
  const log = await readFile(join(rig.server().data, 'log', 'server.log'), 'utf8');
  return log.split('\n').filter((line) => /connection authorized: .*application_name=postgres-operator/.test(line));
}

describe('a server that offers TLS', () => {
  it('is dumped, restored into and checked over encrypted sessions only', async () => {
    await backUpAndGoOn(rig());
    const dumped = await sessions();
    succeeded(await runToEnd(rig().pod, rig().request()));
    const restored = await sessions();
    const { pod, at, request } = rig();
    const { object, operatorVersion } = request();
    const checked = await runToEnd(pod, { v: 1, command: 'check', object, operatorVersion, server: at('shop'), standbys: [], patienceSeconds: 1, maxLagSeconds: 1, maxLagBytes: 1 });
    expect(checked.result, checked.log).toMatchObject({ outcome: 'succeeded', command: 'check', findings: [] });
    const all = await sessions();
    expect([dumped.length, restored.length - dumped.length, all.length - restored.length].every((count) => count >= 2), all.join('\n')).toBe(true);
    expect(all.filter((line) => !line.includes('SSL enabled'))).toEqual([]);
  });
});
