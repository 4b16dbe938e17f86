import { describe, expect, test } from 'vitest';
import { aDatabase } from '../../../test/fixtures.ts';
import { serverSettings, settingsFile, slotWalMebibytes } from './settings.ts';

describe('a slot keeps a quarter of the volume, so that an absent standby never fills it', () => {
  test.each([
    ['100Gi', 25_600],
    ['1Gi', 256],
    ['128Mi', 64],
    ['1', 64],
  ])('%s: %d MiB', (size, mebibytes) => {
    expect(slotWalMebibytes(size)).toBe(mebibytes);
  });
});

test('peers are named by ordinal', () => {
  expect(serverSettings(aDatabase({ spec: { replicas: 3 } }), false)).toMatchObject({ PEER_HOST: 'orders-%d.orders-headless', REPLICAS: 3, MAY_INITIALISE: 'no' });
});

test('what is told is quoted, whatever it is', () => {
  expect(settingsFile({ NAME: `it's $(here)`, PORT: 5432 })).toBe(`NAME='it'\\''s $(here)'\nPORT='5432'\n`);
});
