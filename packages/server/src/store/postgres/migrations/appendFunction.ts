/**
 * Appends messages and settles items in one call, if all of it is as the caller expects: every session
 * is valid and has this user, every outbox continues where it ended, and every room exists. Otherwise it
 * returns null and changes nothing, and the caller decides one by one.
 *
 * It locks sessions, outboxes and rooms in the same order as \`hold\`. A room is named by its place in
 * \`r_name\`; a message by its place among those that the room gets.
 *
 * \`seqs\` of an answer are the numbers that its messages have got, in the order of its items.
 */
export const appendFunction = `
create function yektayar.append(
  p_sessions text[], p_users text[], p_idle_ms bigint,
  o_id text[], o_session text[], o_first bigint[], o_before text[], o_last bigint[], o_key text[],
  p_used_before bigint,
  r_name text[], r_count int[],
  m_room int[], m_last int[], m_json text[],
  a_outbox text[], a_last bigint[], a_json text[],
  s_answer int[], s_room int[], s_place int[],
  d_outbox text[], d_last bigint[]
) returns text language plpgsql as $$
declare
  v_now bigint := yektayar.now_ms();
  v_count int;
  v_starts bigint[];
begin
  if cardinality(p_sessions) > 0 then
    select count(*) into v_count from unnest(p_sessions, p_users) t(s, u)
      join (select id, user_id from yektayar.sessions where id = any(p_sessions)
        and expires_at > v_now and (p_idle_ms is null or last_activity_at > v_now - p_idle_ms)
        order by id for share) held on held.id = t.s and held.user_id is not distinct from t.u;
    if v_count < cardinality(p_sessions) then return null; end if;
  end if;
  if cardinality(o_id) > 0 then
    perform 1 from yektayar.outboxes where id = any(o_id) order by id for update;
    select count(*) into v_count from unnest(o_id, o_session, o_first, o_before) t(o, s, f, k)
      join yektayar.outboxes b on b.id = t.o and b.session_id = t.s and b.last_n = t.f - 1
      and (b.last_key is null or t.k is null or b.last_key = t.k);
    if v_count < cardinality(o_id) then return null; end if;
  end if;
  perform 1 from yektayar.rooms where name = any(r_name) order by name for update;
  get diagnostics v_count = row_count;
  if v_count < cardinality(r_name) then return null; end if;
  v_now := yektayar.now_ms(); -- after the locks, so that times grow with the numbers
  with ended as (
    update yektayar.rooms r set seq = r.seq + t.c, used_at = v_now
      from unnest(r_name, r_count) t(n, c) where r.name = t.n returning r.name, r.seq)
  select array_agg(ended.seq - t.c order by t.i) into v_starts
    from unnest(r_name, r_count) with ordinality t(n, c, i) join ended on ended.name = t.n;
  insert into yektayar.room_messages (room, last_seq, messages, at)
    select r_name[t.r], v_starts[t.r] + t.l, t.m, v_now from unnest(m_room, m_last, m_json) t(r, l, m);
  if cardinality(o_id) > 0 then
    insert into yektayar.outbox_answers (outbox_id, last_n, answers, seqs, at)
      select t.o, t.l, t.j, s.seqs, v_now
      from unnest(a_outbox, a_last, a_json) with ordinality t(o, l, j, i)
      left join (select a, array_agg(v_starts[r] + p order by i) as seqs
        from unnest(s_answer, s_room, s_place) with ordinality n(a, r, p, i) group by a) s on s.a = t.i;
    -- \`used_at\` has an index, so it is written only now and then.
    update yektayar.outboxes b set last_n = t.l, last_key = t.k,
        used_at = case when b.used_at < p_used_before then v_now else b.used_at end
      from unnest(o_id, o_last, o_key) t(o, l, k) where b.id = t.o;
    if cardinality(d_outbox) > 0 then
      delete from yektayar.outbox_answers a using unnest(d_outbox, d_last) t(o, l)
        where a.outbox_id = t.o and a.last_n <= t.l;
    end if;
  end if;
  return json_build_array(v_now, v_starts)::text;
end $$`
