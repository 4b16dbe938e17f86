import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aRestore } from '../test/objects.ts';
import { paperCluster } from '../test/paper-cluster.ts';
import { COMMANDS } from './commands/index.ts';
import { complete, namesIn } from './complete.ts';

const { kube } = paperCluster({ databases: [aDatabase()], backups: [aBackup()], restores: [aRestore()] });
const names = namesIn(kube, 'demo', new AbortController().signal);

describe('Tab offers', () => {
  test.each([
    { what: 'the commands', words: ['re'], offers: ['restore\tput the content of a backup into a database, or take that back'] },
    { what: 'databases', words: ['backup', ''], offers: ['shop'] },
    { what: 'backups', words: ['verify', 'mo'], offers: ['monday'] },
    { what: 'logs with their kind', words: ['logs', ''], offers: ['backup/monday', 'drill/monday', 'restore/undo', 'check/shop'] },
    { what: 'what a restore may be from', words: ['restore', 'shop', '--from', ''], offers: ['monday'] },
    { what: 'options', words: ['list', '--na'], offers: ['--namespace\tnamespace; default: that of the context'] },
    { what: 'the values of an option', words: ['list', '--output', ''], offers: ['json'] },
    { what: 'nothing where a person chooses', words: ['backup', 'shop', '--name', ''], offers: [] },
    { what: 'nothing for a command that there is not', words: ['destroy', ''], offers: [] },
  ])('$what, and no files', async ({ words, offers }) => expect(await complete(words, COMMANDS, names)).toEqual([...offers, ':4']));
});
