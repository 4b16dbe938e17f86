import { describe, expect, test } from 'vitest';
import { CHANGES, KILLS, nameOf, NEW, OLD, pointOf, VICTIMS, type Kill, type Scene } from './points.ts';

const scene = (seen: Partial<Scene>): Scene => ({ step: 'Checking', work: [], image: OLD, ...seen });
const at = (change: Kill['change'], point: string, seen: Partial<Scene>): boolean => pointOf({ change, point, victim: 'server' }).isNow(scene(seen));

describe('a moment is recognised', () => {
  test.each<{ why: string; change: Kill['change']; point: string; seen: Partial<Scene>; recognised: boolean }>([
    { why: 'by the runner that works', change: 'upgrade', point: 'the Backup is loaded', seen: { work: ['shop-0', 'shop-12ab34cd-up-12ab34cd-load-1-xyz'] }, recognised: true },
    { why: 'not by one that does something else', change: 'upgrade', point: 'the Backup is loaded', seen: { work: ['shop-12ab34cd-up-12ab34cd-verify-1-xyz'] }, recognised: false },
    { why: 'by the Backup that is taken', change: 'way back', point: 'the Backup is taken', seen: { work: ['shop-upgrade-12ab34cd-12ab34cd-1-xyz'] }, recognised: true },
    { why: 'by the image of the primary', change: 'upgrade', point: 'the new server starts', seen: { step: 'Switching', image: NEW }, recognised: true },
    { why: 'not before the old one is gone', change: 'upgrade', point: 'the new server starts', seen: { step: 'Switching', image: OLD }, recognised: false },
    { why: 'by the step', change: 'withdrawn', point: 'the old server comes back', seen: { step: 'Returning' }, recognised: true },
  ])('$why', ({ change, point, seen, recognised }) => {
    expect(at(change, point, seen)).toBe(recognised);
  });
});

test('each kill is there once, and has a victim at its moment', () => {
  const names = KILLS.map(nameOf);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.endsWith('runner')).filter((name) => /starts|let in|comes back/.test(name))).toEqual([]);
  expect(VICTIMS.filter((victim) => !KILLS.some((kill) => kill.victim === victim))).toEqual([]);
});

test('every moment of every change is in them', () => {
  const moments = Object.entries(CHANGES).flatMap(([change, { points }]) => Object.keys(points).map((point) => `${change}: ${point}`));
  expect(new Set(KILLS.map(({ change, point }) => `${change}: ${point}`))).toEqual(new Set(moments));
});
