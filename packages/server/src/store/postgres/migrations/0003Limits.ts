import { sql } from 'kysely'
import type { Migration } from 'kysely'

/**
 * `times` are those of attempts in the window; of a bucket, the one time at which it is full again.
 * `held` are those of attempts in flight.
 */
const table = `
create table yektayar.limits (
  key text collate "C" primary key,
  times float8[] not null default '{}',
  held float8[] not null default '{}',
  until float8 not null default 0
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05)`

/**
 * Where the clock went back, times lie in the future. They count as now, so that nobody waits for longer
 * than a window.
 */
const timeFunctions = [
  `create function yektayar.times_within(p_times float8[], p_now float8, p_window float8)
returns float8[] language sql immutable as $$
  select array(select least(t, p_now) from unnest(p_times) t where t > p_now - p_window order by 1)
$$`,
  `create function yektayar.full_at(p_time float8, p_now float8, p_window float8)
returns float8 language sql immutable as $$
  select least(greatest(coalesce(p_time, 0), p_now), p_now + p_window)
$$`,
]

/**
 * Charges attempts, each to all of its limits or to none. All rows are locked first, in the order of
 * their keys, and `until` says when they may be removed. The commit does not wait for the disk: a crash of the
 * database may forget the attempts of its last second.
 */
const takeFunction = `
create function yektayar.take_limits(
  p_attempts int[], p_keys text[], p_counts float8[], p_windows float8[], p_buckets boolean[]
) returns table (attempt int, charged_at float8, refused int, retry_ms float8, is_held boolean)
language plpgsql as $$
declare
  v_now float8;
  v_charge record;
  v_row yektayar.limits;
  v_wait float8;
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into yektayar.limits (key) select distinct k collate "C" as k from unnest(p_keys) k order by k
    on conflict (key) do update set key = excluded.key;
  v_now := extract(epoch from clock_timestamp()) * 1000;
  for attempt in select distinct a from unnest(p_attempts) a order by a loop
    -- Different for each, since what is given back is found by it.
    charged_at := v_now + attempt * 0.001;
    refused := null;
    retry_ms := 0;
    is_held := false;
    for v_charge in
      select t.* from unnest(p_attempts, p_keys, p_counts, p_windows, p_buckets)
        with ordinality t(a, k, n, w, b, i) where t.a = attempt order by t.i
    loop
      select * into v_row from yektayar.limits where key = v_charge.k;
      if v_charge.b then
        v_wait := yektayar.full_at(v_row.times[1], charged_at, v_charge.w)
          + v_charge.w / v_charge.n - v_charge.w - charged_at;
      else
        v_row.times := yektayar.times_within(v_row.times, charged_at, v_charge.w);
        v_wait := coalesce(v_row.times[(cardinality(v_row.times) - v_charge.n + 1)::int], -v_charge.w)
          + v_charge.w - charged_at;
      end if;
      if v_wait > 0.001 then
        refused := v_charge.i;
        retry_ms := v_wait;
        is_held := cardinality(yektayar.times_within(v_row.held, charged_at, 30000)) > 0;
        exit;
      end if;
    end loop;
    if refused is null then
      for v_charge in
        select t.* from unnest(p_attempts, p_keys, p_counts, p_windows, p_buckets) t(a, k, n, w, b)
          where t.a = attempt
      loop
        update yektayar.limits l set
          times = case when v_charge.b
            then array[yektayar.full_at(l.times[1], charged_at, v_charge.w) + v_charge.w / v_charge.n]
            else yektayar.times_within(l.times, charged_at, v_charge.w) || charged_at end,
          held = case when v_charge.b then l.held
            else yektayar.times_within(l.held, charged_at, 30000) || charged_at end,
          until = greatest(l.until, charged_at + v_charge.w)
        where l.key = v_charge.k;
      end loop;
    end if;
    return next;
  end loop;
end $$`

/** Ends attempts, each by its time: what has not failed is given back. */
const settleFunction = `
create function yektayar.settle_limits(p_keys text[], p_at float8[], p_failed boolean[])
returns void language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  perform 1 from yektayar.limits where key = any(p_keys) order by key for update;
  update yektayar.limits l set
    held = array(select t from unnest(l.held) t
      where t <> all (select s.at from unnest(p_keys, p_at) s(k, at) where s.k = l.key)),
    times = array(select t from unnest(l.times) t
      where t <> all (select s.at from unnest(p_keys, p_at, p_failed) s(k, at, failed)
        where s.k = l.key and not s.failed))
  where l.key = any(p_keys);
end $$`

/** The limits that hold over all processes. */
export const createLimits: Migration = {
  async up(database) {
    for (const statement of [table, ...timeFunctions, takeFunction, settleFunction]) {
      await sql.raw(statement).execute(database)
    }
  },
}
