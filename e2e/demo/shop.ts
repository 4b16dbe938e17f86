// The content of the demo's database, and what goes wrong with it.

/** A small shop: 2,000 customers, 200 products, 10,000 orders with 30,000 lines. */
export const SHOP = `
set role app;
create table customers (id bigint generated always as identity primary key, name text not null, email text not null unique, since date not null);
create table products (id int primary key, name text not null, price numeric(10, 2) not null check (price >= 0), tags text[] not null default '{}');
create table orders (id bigint generated always as identity primary key, customer_id bigint not null references customers, placed_at timestamptz not null, state text not null, note jsonb);
create table order_lines (order_id bigint not null references orders on delete cascade, line int not null, product_id int not null references products, quantity int not null, primary key (order_id, line));
create index on orders (customer_id);
create view revenue as select p.name, sum(l.quantity * p.price) as total from order_lines l join products p on p.id = l.product_id group by p.name;
insert into customers (name, email, since)
  select 'Customer ' || n, 'customer' || n || '@example.com', date '2020-01-01' + (n % 2000) from generate_series(1, 2000) n;
insert into products select n, 'Product ' || n, (n * 37 % 9900) / 100.0 + 1, array['t' || n % 7, 't' || n % 11] from generate_series(1, 200) n;
insert into orders (customer_id, placed_at, state, note)
  select 1 + n * 7919 % 2000, timestamptz '2026-01-01 00:00+00' + n * interval '17 minutes', (array['new', 'paid', 'sent'])[1 + n % 3], json_build_object('gift', n % 5 = 0, 'source', 'web')
  from generate_series(1, 10000) n;
insert into order_lines select o, l, 1 + (o * 31 + l * 17) % 200, 1 + (o + l) % 4 from generate_series(1, 10000) o, generate_series(1, 3) l;
`;

/** A bad afternoon: rows deleted, prices changed, a table dropped into the wrong database. */
export const DAMAGE = `
set role app;
delete from orders where id % 3 = 0;
update products set price = 0;
update customers set email = 'lost' || id || '@example.com' where id % 2 = 0;
insert into customers (name, email, since) values ('Nobody', 'nobody@example.com', current_date);
create table scratch_copy as select * from orders limit 500;
`;
