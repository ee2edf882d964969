-- $1 by whom it was asked for, $2 began (epoch ms), $3 took (ms), $4 outcome, $5 report as JSON. The last hundred are kept.
with old as (
  delete from recounts where recount_id in (select recount_id from recounts order by started_at desc offset 99)
)
insert into recounts (asked_by, started_at, took_ms, outcome, report)
values ($1, to_timestamp($2::float8 / 1000), $3, $4, $5)
