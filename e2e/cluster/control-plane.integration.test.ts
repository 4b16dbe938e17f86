import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../lib/run.ts';
import { startControlPlane } from './control-plane.ts';
import { ensureTools } from './tools.ts';

/** A busy machine takes its time; what never comes ends here. */
const PATIENT = { timeout: 60_000 };

test('a control plane runs controllers, and is gone after stop', async () => {
  const { kubectl } = await ensureTools(['kubectl']);
  const plane = await startControlPlane({ withControllerManager: true });
  const ask = (...args: string[]): Promise<{ stdout: string }> => run(kubectl, ['--kubeconfig', plane.kubeconfig, ...args]);
  await ask('create', 'job', 'one', '--image=any');
  await expect.poll(async () => (await ask('get', 'pods', '--selector=job-name=one', '--output=name')).stdout, PATIENT).toContain('pod/one-');
  const stopping = Date.now();
  await plane.stop();
  // It is killed: on being asked, an API server takes a minute.
  expect(Date.now() - stopping).toBeLessThan(20_000);
  expect(existsSync(plane.folder)).toBe(false);
  await expect(fetch(plane.apiserverUrl)).rejects.toThrow();
});

test('a control plane dies with the process that started it', async () => {
  const program = `
    import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, 'control-plane.ts'))};
    const plane = await startControlPlane({ withControllerManager: false });
    console.log(plane.apiserverUrl);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const url = new URL(line.toString().trim());
  const reachable = (): Promise<boolean> => run('bash', ['-c', `: </dev/tcp/${url.hostname}/${url.port}`]).then(() => true, () => false);
  expect(await reachable()).toBe(true);
  owner.kill('SIGKILL');
  await expect.poll(reachable, PATIENT).toBe(false);
});
