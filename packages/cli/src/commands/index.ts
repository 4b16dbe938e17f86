import type { Command } from '../command.ts';
import { backup } from './backup.ts';
import { download } from './download.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { restore } from './restore.ts';
import { status } from './status.ts';
import { verify } from './verify.ts';

/** All commands, as the help lists them. */
export const COMMANDS: readonly Command[] = [status, backup, restore, list, logs, verify, download];
