/** The time by which the store decides: the clock of the database, and no other. */
export const nowFunction = `create function yektayar.now_ms() returns bigint language sql volatile as $$
  select floor(extract(epoch from clock_timestamp()) * 1000)::bigint
$$`

/**
 * Locks what a transaction is about to use, and returns it as it is then: sessions, outboxes and
 * rooms, always in this order and each by its key, so that two transactions do not wait for each other.
 * An outbox or a room without a row gets one: of two nodes that begin it, one waits for the other.
 *
 * A room's numbers start after those of all removed rooms. \`store\` is locked before they are read,
 * since somebody may be removing a room.
 */
export const holdFunction = `
create function yektayar.hold(
  p_sessions text[], p_is_changed boolean, p_idle_ms bigint,
  p_outboxes text[], p_owners text[], p_rooms text[]
) returns text language plpgsql as $$
declare
  v_now bigint := yektayar.now_ms();
  v_missing text[];
  v_removed bigint;
  v_new_outboxes text[];
begin
  if p_is_changed then
    perform 1 from yektayar.sessions where id = any(p_sessions) order by id for update;
  elsif cardinality(p_sessions) > 0 then
    perform 1 from yektayar.sessions where id = any(p_sessions) order by id for share;
  end if;
  if cardinality(p_outboxes) > 0 then
    perform 1 from yektayar.outboxes where id = any(p_outboxes) order by id for update;
    with added as (
      insert into yektayar.outboxes (id, session_id, last_n, last_key, used_at)
      select t.o, t.s, 0, null, v_now from unnest(p_outboxes, p_owners) t(o, s)
      where not exists (select 1 from yektayar.outboxes where id = t.o) order by t.o
      on conflict (id) do nothing returning id)
    select array_agg(id) into v_new_outboxes from added;
    if v_new_outboxes is not null then
      perform 1 from yektayar.outboxes where id = any(p_outboxes) order by id for update;
    end if;
  end if;
  if cardinality(p_rooms) > 0 then
    perform 1 from yektayar.rooms where name = any(p_rooms) order by name for update;
    select array_agg(t.r) into v_missing from unnest(p_rooms) t(r)
      where not exists (select 1 from yektayar.rooms where name = t.r);
    if v_missing is not null then
      select removed_seq into v_removed from yektayar.store for share;
      insert into yektayar.rooms (name, seq, used_at, oldest_at)
        select t.r, v_removed, 0, v_now from unnest(v_missing) t(r) order by t.r
        on conflict (name) do nothing;
      perform 1 from yektayar.rooms where name = any(v_missing) order by name for update;
    end if;
  end if;
  v_now := yektayar.now_ms(); -- after the locks, so that times grow with the numbers
  return json_build_array(v_now,
    (select json_agg(json_build_array(id, user_id)) from yektayar.sessions
      where id = any(p_sessions) and expires_at > v_now
      and (p_idle_ms is null or last_activity_at > v_now - p_idle_ms)),
    (select json_agg(json_build_array(id, session_id, last_n, last_key, id = any(v_new_outboxes)))
      from yektayar.outboxes where id = any(p_outboxes)),
    (select json_agg(json_build_array(name, seq, used_at)) from yektayar.rooms
      where name = any(p_rooms)))::text;
end $$`

/** Writes the messages and the answers of a transaction that has locked their rooms and outboxes. */
export const settleFunction = `
create function yektayar.settle(
  p_now bigint, p_used_before bigint,
  m_room text[], m_last bigint[], m_messages text[],
  r_name text[], r_seq bigint[], r_unused text[],
  o_id text[], o_last bigint[], o_key text[], o_unused text[],
  a_outbox text[], a_last bigint[], a_answers text[]
) returns void language plpgsql as $$
begin
  insert into yektayar.room_messages (room, last_seq, messages, at)
    select t.r, t.l, t.m, p_now from unnest(m_room, m_last, m_messages) t(r, l, m);
  update yektayar.rooms r set seq = t.s, used_at = p_now
    from unnest(r_name, r_seq) t(n, s) where r.name = t.n;
  delete from yektayar.rooms where name = any(r_unused);
  insert into yektayar.outbox_answers (outbox_id, last_n, answers, at)
    select t.o, t.l, t.a, p_now from unnest(a_outbox, a_last, a_answers) t(o, l, a);
  -- \`used_at\` has an index, so it is written only now and then.
  update yektayar.outboxes b set last_n = t.l, last_key = t.k,
      used_at = case when b.used_at < p_used_before then p_now else b.used_at end
    from unnest(o_id, o_last, o_key) t(o, l, k) where b.id = t.o;
  delete from yektayar.outboxes where id = any(o_unused);
end $$`
