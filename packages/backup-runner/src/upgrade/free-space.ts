// How much room there is really: a volume may be smaller than its claim says, and others may fill the disk that it lies on.
import { escapeLiteral, type Client } from 'pg';

/** Bytes that are free where the server has its data. The session is the superuser's; what it writes down for this is gone when it returns. */
export async function freeBytes(session: Client): Promise<number> {
  const [{ folder = '' } = {}] = (await session.query<{ folder: string }>(`select current_setting('data_directory') as folder`)).rows;
  await session.query('begin read write');
  try {
    await session.query('create temp table free_space (kibibytes float8)');
    await session.query(`copy free_space from program ${escapeLiteral(`df -Pk '${folder.replaceAll("'", String.raw`'\''`)}' | awk 'END { print $4 }'`)}`);
    const [{ kibibytes = 0 } = {}] = (await session.query<{ kibibytes: number }>('select kibibytes from free_space')).rows;
    return kibibytes * 1024;
  } finally {
    await session.query('rollback');
  }
}
