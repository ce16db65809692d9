-- title: ALB connection log, 7 to 15 fields and any tail
-- Every column is the text of the log, without quotes. `tail` takes the fields that AWS has appended since; `unmatched` holds
-- the whole line where it is none of this log, and every other column is NULL then. Fields past the first ones may be missing.
CREATE EXTERNAL TABLE IF NOT EXISTS {{database}}.{{table}} (
    time string,
    client_ip string,
    client_port string,
    listener_port string,
    tls_protocol string,
    tls_cipher string,
    tls_handshake_latency string,
    leaf_client_cert_subject string,
    leaf_client_cert_validity string,
    leaf_client_cert_serial_number string,
    tls_verify_status string,
    conn_trace_id string,
    tls_keyexchange string,
    elb string,
    ip_address string,
    tail string,
    unmatched string
)
PARTITIONED BY (day string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
    'input.regex' = '(?s)(?:((?:[0-9]{4}-(?:02-[0-2][0-9]|(?:0[469]|11)-(?:[0-2][0-9]|30)|(?:0[13578]|1[02])-(?:[0-2][0-9]|3[01])))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:[.][0-9]{1,9})?Z?) ++((?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:[.](?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+|-) ++([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]|-) ++([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]|-) ++([^ ]++) ++([^ ]++) ++(-?[0-9]{1,10}(?:[.][0-9]+)?|-)(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++(.*+))?)?)?)?)?)?)?)?)? *+|(.*+))'
)
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION {{location}}
TBLPROPERTIES (
    'projection.enabled' = 'true',
    'projection.day.type' = 'date',
    'projection.day.format' = 'yyyy/MM/dd',
    'projection.day.range' = {{day_range}},
    'projection.day.interval' = '1',
    'projection.day.interval.unit' = 'DAYS',
    'storage.location.template' = {{location_template}}
)
