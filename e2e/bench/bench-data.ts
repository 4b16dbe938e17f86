// The data of bench:backup, the same each time: many narrow rows with indexes, documents, and bytes that do not compress.
import type { PostgresServer } from '../../packages/backup-runner/test/postgres-server.ts';
import { asOwner, createDatabase } from '../../packages/backup-runner/test/stories.ts';

export const BENCH_DATABASE = 'bench';

/** Rows of each table. Pure. */
export interface DataSize {
  readonly orders: number;
  readonly events: number;
  readonly blobs: number;
}

// At 1500 MB, as design.md's figures were set: half in orders, most of the rest in events.
const FULL = { megabytes: 1500, orders: 6_000_000, events: 3_000_000, blobs: 20_000 };

/** How many rows make a database of about that size. Pure. */
export function dataSize(megabytes: number): DataSize {
  const scaled = (rows: number): number => Math.max(1, Math.round((rows * megabytes) / FULL.megabytes));
  return { orders: scaled(FULL.orders), events: scaled(FULL.events), blobs: scaled(FULL.blobs) };
}

const statements = ({ orders, events, blobs }: DataSize): readonly string[] => [
  `create table orders (id bigint primary key, customer int not null, status text not null, total numeric(10, 2) not null, placed timestamptz not null, note text)`,
  `insert into orders
   select n, hashint8(n) % 100000, (array['new', 'paid', 'sent', 'returned'])[1 + abs(hashint8(n * 3)) % 4], abs(hashint8(n * 7)) % 1000000 / 100.0,
     timestamptz '2024-01-01 00:00:00+00' + n * interval '7 seconds', 'order ' || to_hex(hashint8(n * 11))
   from generate_series(1::bigint, ${orders}) n`,
  `create index on orders (customer)`,
  `create table events (id bigint, body jsonb not null)`,
  `insert into events
   select n, jsonb_build_object('user', abs(hashint8(n)) % 50000, 'kind', (array['view', 'click', 'purchase'])[1 + abs(hashint8(n * 5)) % 3],
     'page', '/shop/item/' || abs(hashint8(n * 13)) % 9999, 'session', to_hex(hashint8extended(n, 1)), 'seconds', abs(hashint8(n * 17)) % 600)
   from generate_series(1::bigint, ${events}) n`,
  // 8 KiB that do not compress: 128 digests of 64 bytes.
  `create table blobs (id int primary key, content bytea not null)`,
  `insert into blobs
   select n, (select string_agg(sha512((n * 128 + part)::text::bytea), ''::bytea) from generate_series(0, 127) part) from generate_series(1, ${blobs}) n`,
];

/** Makes the database, and has it in memory afterwards as far as it fits. Returns its size in bytes. */
export async function fill(server: PostgresServer, megabytes: number): Promise<number> {
  await createDatabase(server, BENCH_DATABASE);
  for (const statement of statements(dataSize(megabytes))) await asOwner(server, BENCH_DATABASE, statement);
  await server.query(BENCH_DATABASE, 'vacuum (freeze, analyze)');
  // Otherwise the server would write all of it while the first contenders work.
  await server.query(BENCH_DATABASE, 'checkpoint');
  const [row] = await server.query<{ bytes: number }>(BENCH_DATABASE, 'select pg_database_size(current_database())::float8 as bytes');
  return row?.bytes ?? 0;
}
