import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientConfig, readSettings, type StoreSettings } from './client.ts';

describe('the files of the Secret', () => {
  it('are read where they are, without the newline of an editor, and nothing else is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-settings-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    expect(await readSettings(folder)).toEqual({});
    await mkdir(join(folder, 'storage'));
    for (const [name, text] of [['AWS_ACCESS_KEY_ID', 'id\n'], ['AWS_REGION', ''], ['PASSWORD', 'x']] as const) await writeFile(join(folder, 'storage', name), text);
    expect(await readSettings(folder)).toEqual({ AWS_ACCESS_KEY_ID: 'id' });
  });
});

describe('the client', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

  it.each<[string, StoreSettings, object]>([
    ['logs in with the keys', keys, { credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } }],
    ['takes a token too', { ...keys, AWS_SESSION_TOKEN: 't' }, { credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 't' } }],
    ['finds a store of one’s own by its address alone', { AWS_ENDPOINT_URL_S3: 'https://store' }, { endpoint: 'https://store', forcePathStyle: true, region: 'us-east-1' }],
    ['signs for the region of the Secret', { AWS_ENDPOINT_URL_S3: 'https://store', AWS_REGION: 'x' }, { region: 'x' }],
    ['trusts the certificates of the Secret', { AWS_CA_BUNDLE: 'PEM' }, { requestHandler: { httpsAgent: { ca: 'PEM' } } }],
  ])('%s', (_what, settings, config) => expect(clientConfig(settings)).toMatchObject(config));

  it('looks where AWS’s own tools do when the Secret names no identity', () => {
    const config = clientConfig({ AWS_REGION: 'eu-central-1' });
    for (const name of ['credentials', 'endpoint', 'forcePathStyle']) expect(config).not.toHaveProperty(name);
  });

  it.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const)('says what is missing beside %s', (name) => {
    expect(() => clientConfig({ [name]: 'x' })).toThrow(/only one of/);
  });
});
