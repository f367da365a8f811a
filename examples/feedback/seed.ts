/**
 * Twelve tasks for each user, spread over the two years behind us, and some without an author. They are
 * written as different clients would: with blanks or without, in any order, with fields missing.
 */
export const seed = `
  create temporary table people on commit drop as
    select uid, n, clock_timestamp() - interval '1 day' - random() * interval '700 days' as at,
           (array['new', 'in_progress', 'done', 'done'])[1 + (uid + n) % 4] as state,
           (array['The entrance is on the other side', 'This café is closed', 'The bridge is one-way now',
                  'House 7 is missing', 'Wrong opening hours', 'No stairs here, but a ramp'])[1 + n % 6] as message,
           round((55 + (uid % 97) / 100.0 + n / 1000.0)::numeric, 5) as lat
      from generate_series(4001, 4200) as uid, generate_series(1, 12) as n;
  insert into feedback.feedback_task (state, created_at, original_task)
    select state, at, case n % 3
      when 0 then format('{"form":"place","uid":"%s","uuid":"%s","device_id":"%s","ip":"192.0.2.%s","point":{"lat":%s,"lon":37.60},"message":%s}',
        uid, md5('uuid' || uid), md5('device' || uid), uid % 250, lat, to_json(message))
      when 1 then format(E'{\\n  "form": "route",\\n  "message": %s,\\n  "point": [%s, 3.76e1],\\n  "user_full_name": "User %s",\\n  "email": "user%s@example.com",\\n  "uid": "%s"\\n}',
        to_json(message), lat, uid, uid, uid)
      else format('{ "uid" : "%s", "yandexuid" : "%s", "ip" : "2001:db8::%s", "place" : { "uuid" : "%s" }, "message" : %s, "context" : [ ] }',
        uid, 1600000000 + uid, to_hex(uid), md5('place' || n), to_json(message))
      end::json
    from people order by at;
  insert into feedback.feedback_task (state, created_at, original_task)
    select 'new', at, format('{"form":"place","message":%s,"ip":"198.51.100.%s"}', to_json(message), n)::json
      from people where uid <= 4020 and n = 1;
`;
