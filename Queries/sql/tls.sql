-- title: TLS versions and ciphers
-- purpose: What clients negotiate, how long the handshake takes, and how many handshakes failed, those too that did
--          before there was a version. Connections without TLS are left out.
-- columns: kind, vantage, tls_version, tls_cipher, alpn, connections, clients, mean_handshake_ms,
--          slowest_handshake_ms, failed
-- parameters: from, to, kind, limit=100 (each kind), health_checks=0
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
), counted AS (
    SELECT
        kind, vantage, tls_version, tls_cipher, alpn, sum(weight) AS connections, count(DISTINCT client_ip) AS clients,
        round(sum(weight * tls_handshake_ms) / sum(CASE WHEN tls_handshake_ms IS NOT NULL THEN weight END), 1)
            AS mean_handshake_ms,
        max(tls_handshake_ms) AS slowest_handshake_ms, sum(weight * is_tls_failed) AS failed
    FROM connections, bounds
    WHERE end_ns >= low AND end_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND kind = coalesce(:kind, kind)
        AND (kind = 'nlb' OR tls_version IS NOT NULL OR is_tls_failed)
    GROUP BY kind, vantage, tls_version, tls_cipher, alpn
), ranked AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY kind, vantage ORDER BY connections DESC, tls_version, tls_cipher, alpn
        ) AS rank
    FROM counted
)
SELECT
    kind, vantage, tls_version, tls_cipher, alpn, connections, clients, mean_handshake_ms, slowest_handshake_ms, failed
FROM ranked
WHERE rank <= coalesce(:limit, 100)
ORDER BY kind, vantage, rank;
