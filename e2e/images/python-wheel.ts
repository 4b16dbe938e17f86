import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StepError } from '../lib/error.ts';
import { step } from '../lib/step.ts';
import type { PythonWheel } from './types.ts';

/** Puts the wanted files of a wheel into a folder. */
export async function pythonWheel(wanted: PythonWheel, target: string): Promise<void> {
  await step(`Python wheel ${wanted.name} ${wanted.version}`, { usually: '5–20 s' }, async (log) => {
    mkdirSync(target, { recursive: true });
    const download = mkdtempSync(`${target}-download-`);
    try {
      // For one Python and one platform, whatever the machine's own is: another wheel would have another hash.
      const choice = ['--no-deps', '--only-binary=:all:', '--implementation=cp', `--python-version=${wanted.python}`, '--platform=manylinux2014_x86_64'];
      await log.run('pip', ['download', '--quiet', ...choice, '--dest', download, `${wanted.name}==${wanted.version}`]);
      await log.run('unzip', ['-q', verified(wanted, download), ...wanted.files, '-d', target]);
    } finally {
      rmSync(download, { recursive: true, force: true });
    }
  });
}

function verified({ name, version, sha256 }: PythonWheel, folder: string): string {
  const [file = ''] = readdirSync(folder);
  const found = file === '' ? 'nothing' : createHash('sha256').update(readFileSync(join(folder, file))).digest('hex');
  if (found !== sha256) throw new StepError(`${name} ${version} is not what was pinned: expected ${sha256}, got ${found}`);
  return join(folder, file);
}
