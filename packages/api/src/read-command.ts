// The contract between kubectl db and a runner's image: what is run in a pod of it to get a file of a backup. Pure.

/** How a file of a backup is asked for. */
export interface ReadCommand {
  /** The folder of the backup, as its status has it. */
  readonly location: string;
  /** The name that the file is stored under. */
  readonly file: string;
  /** Bytes that are left out at its beginning, because they are there already. */
  readonly from: number;
}

/** The first word that tells a runner to read rather than to look for a request. */
const WORD = 'read';

/** What is run in a container of the runner's image: it writes the file to stdout, and what it has to say to stderr. */
export const readCommand = ({ location, file, from }: ReadCommand): string[] => ['/usr/local/bin/node', '/app/main.cjs', WORD, location, file, String(from)];

/** What the words after the program ask for; undefined when they ask for no file. */
export function parseReadCommand([word, location, file, from = '']: readonly string[]): ReadCommand | undefined {
  if (word !== WORD || location === undefined || file === undefined || !/^\d+$/.test(from)) return undefined;
  return { location, file, from: Number(from) };
}
