-- title: ALB access log, 12 to 36 fields and any tail
-- Every column is the text of the log, without quotes. `tail` takes the fields that AWS has appended since; `unmatched` holds
-- the whole line where it is none of this log, and every other column is NULL then. Fields past the first ones may be missing.
CREATE EXTERNAL TABLE IF NOT EXISTS {{database}}.{{table}} (
    type string,
    time string,
    elb string,
    client_ip string,
    client_port string,
    target_ip string,
    target_port string,
    request_processing_time string,
    target_processing_time string,
    response_processing_time string,
    elb_status_code string,
    target_status_code string,
    received_bytes string,
    sent_bytes string,
    request string,
    user_agent string,
    ssl_cipher string,
    ssl_protocol string,
    target_group_arn string,
    trace_id string,
    domain_name string,
    chosen_cert_arn string,
    matched_rule_priority string,
    request_creation_time string,
    actions_executed string,
    redirect_url string,
    error_reason string,
    target_port_list string,
    target_status_code_list string,
    classification string,
    classification_reason string,
    conn_trace_id string,
    transformed_host string,
    transformed_uri string,
    request_transform_status string,
    ip_address string,
    target_error_code string,
    elb_error_code string,
    tail string,
    unmatched string
)
PARTITIONED BY (day string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
    'input.regex' = '(?s)(?:([^ 0-9"{#][^ ]*+) ++((?:[0-9]{4}-(?:02-[0-2][0-9]|(?:0[469]|11)-(?:[0-2][0-9]|30)|(?:0[13578]|1[02])-(?:[0-2][0-9]|3[01])))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:[.][0-9]{1,9})?Z?) ++([^ ]++) ++(?:((?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:[.](?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+):([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|-) ++(?:((?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:[.](?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+):([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|-) ++(-?[0-9]{1,10}(?:[.][0-9]+)?|-) ++(-?[0-9]{1,10}(?:[.][0-9]+)?|-) ++(-?[0-9]{1,10}(?:[.][0-9]+)?|-) ++([0-9]{3}|-) ++([0-9]{3}|-) ++([0-9]{1,20}|-) ++([0-9]{1,20}|-)(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++"?+((?<=")(?:[^"\\\\]|\\\\.)*+(?=")|(?<!")[^ "]++)"?+(?: ++(.*+))?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)? *+|(.*+))'
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
