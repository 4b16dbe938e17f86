// What the folder of a backup is called, wherever it is stored: <backup>-<uid8>. Pure.
import { shortUid } from './meta.ts';
import { MAX_NAME_LENGTH } from './v1/name-rule.ts';

/** The file in it that names the others, and is written last. */
export const MANIFEST_FILE = 'manifest.json';

/** Such a name, as a regular expression. Folders with others are somebody else's. */
export const BACKUP_FOLDER = '^[a-z]([-a-z0-9]*[a-z0-9])?-[0-9a-f]{8}$';

/** Length of what follows the name of the Backup. */
export const BACKUP_FOLDER_END = 9;

/** The longest of them, in characters. */
export const MAX_BACKUP_FOLDER = MAX_NAME_LENGTH + BACKUP_FOLDER_END;

/** The folder of a Backup, which no other one has. */
export const nameOfBackupFolder = ({ name, uid }: { readonly name: string; readonly uid: string }): string => `${name}-${shortUid(uid)}`;

/** True for a name that the folder of a backup may have. */
export const isBackupFolder = (folder: string): boolean => folder.length <= MAX_BACKUP_FOLDER && new RegExp(BACKUP_FOLDER).test(folder);
