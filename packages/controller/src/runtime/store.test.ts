import { describe, expect, test } from 'vitest';
import { keyOf, splitKey, type KubeObject } from './object.ts';
import { Store } from './store.ts';

interface Thing extends KubeObject {
  readonly colours: readonly string[];
}

const aThing = (name: string, version: number | string, { colours = [] as string[], uid = `uid-${name}` } = {}): Thing => ({
  metadata: { namespace: 'ns', name, uid, resourceVersion: String(version) },
  colours,
});

const coloured = (): Store<Thing> => new Store<Thing>({ colour: ({ colours }) => colours });
const namesBy = (store: Store<Thing>, colour: string): string[] => store.by('colour', colour).map(({ metadata }) => metadata.name);

describe('what is newer counts', () => {
  test.each([
    { seen: '9', then: '10', held: '10', why: 'a newer state replaces an older one, compared as numbers' },
    { seen: '10', then: '9', held: '10', why: 'an event that was under way before our own write does not undo it' },
    { seen: '10', then: '10', held: '10', why: 'the same state changes nothing' },
    { seen: '9007199254740993', then: '9007199254740992', held: '9007199254740993', why: 'versions beyond 2^53 are told apart' },
  ])('$why', ({ seen, then, held }) => {
    const store = new Store<Thing>();
    store.upsert(aThing('a', seen));
    store.upsert(aThing('a', then));
    expect(store.get('ns/a')?.metadata.resourceVersion).toBe(held);
  });

  test('an object created again under its name replaces the old one', () => {
    const store = new Store<Thing>();
    store.upsert(aThing('a', 10));
    store.upsert(aThing('a', 12, { uid: 'other' }));
    expect(store.get('ns/a')?.metadata.uid).toBe('other');
  });

  test('the end of an object does not take away another one that has its name by now', () => {
    const store = new Store<Thing>();
    store.upsert(aThing('a', 12, { uid: 'new' }));
    store.delete(aThing('a', 11, { uid: 'old' }));
    expect(store.size).toBe(1);
  });

  test('the answer to a write that comes after the end of the object does not bring it back', () => {
    const store = new Store<Thing>();
    store.upsert(aThing('a', 10));
    store.delete(aThing('a', 12));
    store.upsert(aThing('a', 12));
    store.upsert(aThing('a', 11));
    expect(store.list()).toEqual([]);
  });

  test('only the last thousand ends are remembered', () => {
    const store = new Store<Thing>();
    for (let index = 0; index <= 1000; index += 1) store.delete(aThing(`a${index}`, 12));
    for (const name of ['a0', 'a1']) store.upsert(aThing(name, 12));
    expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['a0']);
  });

  test('an object that left the selection comes back when it matches again', () => {
    const store = new Store<Thing>();
    store.upsert(aThing('a', 10));
    store.delete(aThing('a', 12));
    store.upsert(aThing('a', 13));
    expect(store.size).toBe(1);
  });
});

describe('indexes', () => {
  test('an object is found under each value of an index', () => {
    const store = coloured();
    store.upsert(aThing('a', 1, { colours: ['red', 'blue'] }));
    store.upsert(aThing('b', 2, { colours: ['red'] }));
    expect([namesBy(store, 'red'), namesBy(store, 'blue'), namesBy(store, 'green')]).toEqual([['a', 'b'], ['a'], []]);
  });

  test('an object that changed is found under its new values only', () => {
    const store = coloured();
    store.upsert(aThing('a', 1, { colours: ['red'] }));
    store.upsert(aThing('a', 2, { colours: ['blue'] }));
    expect([namesBy(store, 'red'), namesBy(store, 'blue')]).toEqual([[], ['a']]);
  });

  test('an object that is gone is found under no value', () => {
    const store = coloured();
    store.upsert(aThing('a', 1, { colours: ['red'] }));
    store.delete(aThing('a', 2));
    expect(namesBy(store, 'red')).toEqual([]);
  });

  test('an index that does not exist finds nothing', () => {
    expect(new Store<Thing>().by('colour', 'red')).toEqual([]);
  });
});

describe('a full list', () => {
  test('takes away what it does not hold, brings what is new and keeps what is newer than itself', () => {
    const store = new Store<Thing>();
    for (const thing of [aThing('gone', 1), aThing('kept', 2), aThing('newer', 20)]) store.upsert(thing);
    store.replace([aThing('kept', 2), aThing('newer', 5), aThing('added', 6)], '6');
    expect(store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()).toEqual(['added@6', 'kept@2', 'newer@20']);
  });

  test('does not take away an object that was created while it was under way', () => {
    const store = new Store<Thing>();
    store.upsert(aThing('a', 10));
    store.replace([], '9');
    expect(store.size).toBe(1);
  });

  test('of one namespace says nothing of the others, neither of what they hold nor of what comes to them', () => {
    const store = new Store<Thing>();
    store.upsert(aThing('kept', 2));
    store.replace([], '9', 'elsewhere');
    store.upsert(aThing('late', 8));
    expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['kept', 'late']);
    store.replace([], '9', 'ns');
    store.upsert(aThing('late', 8));
    expect(store.size).toBe(0);
  });

  test('is not undone by the answer to a write that was made before it', () => {
    const store = new Store<Thing>();
    store.replace([aThing('again', 12, { uid: 'second' })], '12');
    store.upsert(aThing('again', 11, { uid: 'first' }));
    store.upsert(aThing('gone', 10));
    expect(store.list().map(({ metadata }) => metadata.uid)).toEqual(['second']);
  });
});

describe('listeners', () => {
  test('hear what an object was and is, and nothing of what changed nothing', () => {
    const store = new Store<Thing>();
    const heard: unknown[] = [];
    store.onChange((before, after) => heard.push([before?.metadata.resourceVersion, after?.metadata.resourceVersion]));
    store.upsert(aThing('a', 1));
    store.upsert(aThing('a', 1));
    store.upsert(aThing('a', 2));
    store.delete(aThing('a', 3));
    store.delete(aThing('a', 3));
    expect(heard).toEqual([[undefined, '1'], ['1', '2'], ['2', undefined]]);
  });

  test('find the store as it is after the change', () => {
    const store = coloured();
    const found: number[] = [];
    store.onChange(() => found.push(store.by('colour', 'red').length));
    store.upsert(aThing('a', 1, { colours: ['red'] }));
    store.delete(aThing('a', 2));
    expect(found).toEqual([1, 0]);
  });
});

describe('keys', () => {
  test.each([
    { namespace: 'ns', key: 'ns/a' },
    { namespace: undefined, key: '/a' },
  ])('of namespace $namespace are $key, and can be split again', ({ namespace, key }) => {
    expect(keyOf({ metadata: { ...aThing('a', 1).metadata, ...(namespace === undefined ? { namespace: '' } : { namespace }) } })).toBe(key);
    expect(splitKey(key)).toEqual({ namespace: namespace ?? '', name: 'a' });
  });
});
