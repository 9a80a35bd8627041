import { sql } from 'kysely'
import type { Migration } from 'kysely'

/**
 * Adds what one process has counted to what all have counted, and says how much of each limit is left. The
 * rows are those of other limits. The commit does not wait for the disk.
 */
const chargeFunction = `
create function yektayar.charge_usage(
  p_keys text[], p_amounts float8[], p_counts float8[], p_window float8
) returns table (key text, available float8) language plpgsql as $$
#variable_conflict use_column
declare
  v_now float8;
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into yektayar.limits (key) select k collate "C" as k from unnest(p_keys) k order by k
    on conflict (key) do update set key = excluded.key;
  v_now := extract(epoch from clock_timestamp()) * 1000;
  return query update yektayar.limits l set
      times = array[greatest(v_now, least(v_now + p_window,
        yektayar.full_at(l.times[1], v_now, p_window) + t.a * p_window / t.c))],
      until = v_now + p_window
    from unnest(p_keys, p_amounts, p_counts) t(k, a, c) where l.key = t.k
    returning l.key, (v_now + p_window - l.times[1]) / p_window * t.c;
end $$`

/** What sessions store, over all processes. */
export const shareUsage: Migration = {
  async up(database) {
    await sql.raw(chargeFunction).execute(database)
  },
}
