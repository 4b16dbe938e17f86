import { ANNOTATION_APPLIED } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { covers, drifted, stamped } from './drift.ts';

describe('covers: the live object has every field that is wanted', () => {
  test.each([
    { why: 'equal values', live: { a: 1 }, wanted: { a: 1 }, covered: true },
    { why: 'a field that only the API server knows', live: { a: 1, defaulted: true }, wanted: { a: 1 }, covered: true },
    { why: 'a field that is missing', live: {}, wanted: { a: 1 }, covered: false },
    { why: 'another value', live: { a: 2 }, wanted: { a: 1 }, covered: false },
    { why: 'a field deep down that differs', live: { a: { b: [{ c: 2 }] } }, wanted: { a: { b: [{ c: 1 }] } }, covered: false },
    { why: 'a list with an element more', live: [1, 2], wanted: [1], covered: false },
    { why: 'a list in another order', live: [2, 1], wanted: [1, 2], covered: false },
    { why: 'an element with a default more', live: [{ name: 'a', protocol: 'TCP' }], wanted: [{ name: 'a' }], covered: true },
    { why: 'a field that is wanted as undefined', live: {}, wanted: { a: undefined }, covered: true },
    { why: 'an empty object that the API server left out', live: { a: null }, wanted: { a: {} }, covered: true },
    { why: 'a value where a list is wanted', live: { a: 1 }, wanted: { a: [1] }, covered: false },
    { why: 'one quantity written in two ways', live: { limits: { memory: '1Gi' } }, wanted: { limits: { memory: '1024Mi' } }, covered: true },
    { why: 'one size limit written in two ways', live: { emptyDir: { sizeLimit: '1Gi' } }, wanted: { emptyDir: { sizeLimit: '1024Mi' } }, covered: true },
    { why: 'a text that only looks like a quantity', live: { data: { text: '1k' } }, wanted: { data: { text: '1000' } }, covered: false },
    { why: 'two quantities', live: { limits: { memory: '1Gi' } }, wanted: { limits: { memory: '1G' } }, covered: false },
  ])('$why: $covered', ({ live, wanted, covered }) => {
    expect(covers(live, wanted)).toBe(covered);
  });
});

describe('drift', () => {
  const manifest = (data: object): Parameters<typeof stamped>[0] => ({ ...{ data }, apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'ns', ...{ annotations: { other: 'kept' } } } });
  const wanted = stamped(manifest({ file: 'text', old: 'text' }));
  const annotations = (object: object): Record<string, string> => (object as { metadata: { annotations: Record<string, string> } }).metadata.annotations;
  const liveOf = (object: object): { metadata: { annotations: Record<string, string> } } => structuredClone(object) as { metadata: { annotations: Record<string, string> } };

  test('an object is stamped beside the annotations that it has', () => {
    expect(annotations(wanted)).toEqual({ other: 'kept', [ANNOTATION_APPLIED]: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  test('the same manifest gives the same stamp, another manifest another one', () => {
    expect(stamped(manifest({ file: 'text', old: 'text' }))).toEqual(wanted);
    expect(annotations(stamped(manifest({ file: 'text' })))[ANNOTATION_APPLIED]).not.toBe(annotations(wanted)[ANNOTATION_APPLIED]);
  });

  test('there is none when the live object is what was applied', () => {
    expect(drifted(wanted, liveOf(wanted))).toBe(false);
  });

  test('a field that is no longer wanted is drift, although the live object covers all that is', () => {
    expect(drifted(stamped(manifest({ file: 'text' })), liveOf(wanted))).toBe(true);
  });

  test('a field that somebody changed is drift, although the stamp is the same', () => {
    expect(drifted(wanted, Object.assign(liveOf(wanted), { data: { file: 'changed', old: 'text' } }))).toBe(true);
  });

  test('an object without a stamp is drift', () => {
    expect(drifted(wanted, { metadata: {} })).toBe(true);
  });
});
