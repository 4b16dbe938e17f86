// The control file of a server that was shut down: the last word on what it had written. PostgreSQL's own tool reads those of its own major only.
import type { Client } from 'pg';
import { RunError } from '../errors.ts';

/** What is read of it. */
export interface ControlFile {
  readonly systemIdentifier: string;
  readonly isShutDown: boolean;
  /** The transaction id that the next writing transaction would have had. */
  readonly nextXid: string;
}

/**
 * Where the fields are in struct ControlFileData of src/include/catalog/pg_control.h, on 64-bit machines. Down to here it is the same in 14 to 18: what 18 has
 * added (wal_level) is where there was padding before.
 */
const OFFSETS = { systemIdentifier: 0, state: 16, nextXid: 64 } as const;
const BYTES = 72;
/** DB_SHUTDOWNED of enum DBState. */
const SHUT_DOWN = 1;

/** Reads the beginning of a control file. Undefined: it is too short to be one. */
export function parseControlFile(content: Buffer): ControlFile | undefined {
  if (content.length < BYTES) return undefined;
  return {
    systemIdentifier: String(content.readBigUInt64LE(OFFSETS.systemIdentifier)),
    isShutDown: content.readUInt32LE(OFFSETS.state) === SHUT_DOWN,
    nextXid: String(content.readBigUInt64LE(OFFSETS.nextXid)),
  };
}

/** Reads that of another data directory on the volume of the server that the session is connected to. */
export async function readControlFile(session: Client, dataDirectory: string): Promise<ControlFile> {
  const { rows } = await session.query<{ content: Buffer | null }>(`select pg_read_binary_file($1, 0, ${BYTES}, true) as content`, [`${dataDirectory}/global/pg_control`]);
  const control = parseControlFile(rows[0]?.content ?? Buffer.alloc(0));
  if (control === undefined) throw new RunError('HandoverMissing', `there is no data of the old server in ${dataDirectory}`);
  return control;
}
