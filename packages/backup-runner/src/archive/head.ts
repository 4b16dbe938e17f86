import { ArchiveError, type Input, type Reading } from './input.ts';

/** What an archive says of itself before its contents. */
export interface Head {
  /** 114 for 1.14: PostgreSQL 14 and 15 write that, 16 writes 1.15, 17 and 18 write 1.16. */
  readonly version: number;
  readonly offsetSize: number;
}

const CUSTOM_FORMAT = 1;
const OLDEST = 114;
// Unknown versions may have any layout: a proof that guesses is none.
const NEWEST = 116;
// Seconds, minutes, hours, day, month, year, summer time.
const TIME_FIELDS = 7;

/** Reads the header, and tells the input how wide integers are. */
export function* readHead(input: Input): Reading<Head> {
  const version = yield* readVersion(input);
  const offsetSize = yield* readLayout(input);
  // A level until 1.14, an algorithm since.
  const compression = version >= 115 ? yield* input.byte() : yield* input.int();
  if (compression !== 0) throw new ArchiveError('its blocks are compressed');
  for (let field = 0; field < TIME_FIELDS; field += 1) yield* input.int();
  // Database, version of the server, version of pg_dump.
  for (let field = 0; field < 3; field += 1) yield* input.skipText();
  return { version, offsetSize };
}

function* readVersion(input: Input): Reading<number> {
  if ((yield* input.bytes(5)).toString('latin1') !== 'PGDMP') throw new ArchiveError('it does not begin like an archive');
  // Major, minor, and a revision that means nothing to readers.
  const [major = 0, minor = 0] = yield* input.bytes(3);
  const version = major * 100 + minor;
  if (version < OLDEST || version > NEWEST) throw new ArchiveError(`it has format ${major}.${minor}, which this version cannot read`);
  return version;
}

function* readLayout(input: Input): Reading<number> {
  const intSize = yield* input.byte();
  const offsetSize = yield* input.byte();
  const format = yield* input.byte();
  // Six bytes are the widest that a number holds exactly.
  if (intSize < 1 || intSize > 6) throw new ArchiveError(`it has integers of ${intSize} bytes`);
  if (format !== CUSTOM_FORMAT) throw new ArchiveError(`it is of format ${format}, not custom`);
  input.intSize = intSize;
  return offsetSize;
}
