-- Whether the sale is on. One row.
select state, reason, changed_by, since from sale
