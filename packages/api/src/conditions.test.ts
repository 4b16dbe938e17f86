import { describe, expect, test } from 'vitest';
import { findCondition, isTrue, setCondition, type ConditionUpdate } from './conditions.ts';
import type { Condition } from './meta.ts';

const T0 = '2026-01-02T03:00:00Z';
const T1 = '2026-01-02T03:01:00Z';
const ready: Condition = { type: 'Ready', status: 'False', reason: 'Waiting', message: 'for servers', lastTransitionTime: T0, observedGeneration: 1 };
const degraded: Condition = { ...ready, type: 'Degraded' };
const update = (parts: Partial<ConditionUpdate> = {}): ConditionUpdate => ({ type: 'Ready', status: 'False', reason: 'Waiting', message: 'for servers', ...parts });
const context = { generation: 2, now: T1 };

describe('setCondition', () => {
  test('adds a condition of a new type, since now', () => {
    expect(setCondition([degraded], update(), context)).toEqual([degraded, { ...update(), lastTransitionTime: T1, observedGeneration: 2 }]);
  });

  test('leaves the time of a condition whose status stays, while reason, message and generation follow', () => {
    const more = update({ reason: 'Pulling', message: 'the image' });
    expect(setCondition([ready, degraded], more, context)).toEqual([{ ...more, lastTransitionTime: T0, observedGeneration: 2 }, degraded]);
  });

  test('moves the time of a condition whose status changes', () => {
    expect(setCondition([ready], update({ status: 'True' }), context)).toEqual([{ ...update({ status: 'True' }), lastTransitionTime: T1, observedGeneration: 2 }]);
  });

  test('keeps the order and leaves the list that it was given alone', () => {
    const list = Object.freeze([degraded, ready]);
    expect(setCondition(list, update({ status: 'True' }), context).map(({ type }) => type)).toEqual(['Degraded', 'Ready']);
    expect(list).toEqual([degraded, ready]);
  });

  test('twice is once', () => {
    const once = setCondition([], update(), context);
    expect(setCondition(once, update(), { ...context, now: '2030-01-01T00:00:00Z' })).toEqual(once);
  });
});

test.each([
  { why: 'there and True', list: [{ ...ready, status: 'True' as const }], found: true, holds: true },
  { why: 'there and False', list: [ready], found: true, holds: false },
  { why: 'there and Unknown', list: [{ ...ready, status: 'Unknown' as const }], found: true, holds: false },
  { why: 'not there', list: [degraded], found: false, holds: false },
  { why: 'of an object without conditions', list: undefined, found: false, holds: false },
])('a condition that is $why holds: $holds', ({ list, found, holds }) => {
  expect([findCondition(list, 'Ready') !== undefined, isTrue(list, 'Ready')]).toEqual([found, holds]);
});
