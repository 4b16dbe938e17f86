import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../lib/run.ts';

export interface ImageContent {
  tag: string;
  /** Files in the image: path → the file on this machine. */
  files: Record<string, string>;
  /** Symbolic links in the image: path → target. */
  links?: Record<string, string>;
  config: Record<string, unknown>;
}

// Owners and times fixed: the same content is the same image.
const TAR = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

/** Writes a one-layer image as a docker-archive. Small enough a format to need no image builder. */
export async function writeImageArchive(file: string, content: ImageContent): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-image-'));
  try {
    await packLayer(folder, content);
    const layer = readFileSync(join(folder, 'layer.tar'));
    const config = JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: content.config,
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    });
    const configName = `${sha256(config)}.json`;
    writeFileSync(join(folder, configName), config);
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify([{ Config: configName, RepoTags: [content.tag], Layers: ['layer.tar'] }]));
    await run('tar', [...TAR, '-cf', file, '-C', folder, 'manifest.json', configName, 'layer.tar']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function packLayer(folder: string, content: ImageContent): Promise<void> {
  const root = join(folder, 'root');
  for (const [path, source] of Object.entries(content.files)) {
    await run('install', ['-D', '-m', '0755', source, join(root, path)]);
  }
  for (const [path, target] of Object.entries(content.links ?? {})) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  for (const path of ['tmp', 'etc', 'proc', 'sys', 'dev']) mkdirSync(join(root, path), { recursive: true });
  await run('tar', [...TAR, '-cf', join(folder, 'layer.tar'), '-C', root, '.']);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
