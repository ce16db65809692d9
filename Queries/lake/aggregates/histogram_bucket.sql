-- title: The bucket of a number in a log-linear histogram
-- Below 128 exact, then 64 steps for each power of two. Absent where the number is.
CASE WHEN {{number}} < 128 THEN {{number}} ELSE CAST((floor(log2({{number}})) - 6) * 64 + floor({{number}} / power(2e0, floor(log2({{number}})) - 6)) AS bigint) END AS bucket_of_{{number}}
