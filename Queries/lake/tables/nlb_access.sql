-- title: NLB access log (TLS listeners), 11 to 22 fields and any tail
-- Every column is the text of the log, without quotes. `tail` takes the fields that AWS has appended since; `unmatched` holds
-- the whole line where it is none of this log, and every other column is NULL then. Fields past the first ones may be missing.
CREATE EXTERNAL TABLE IF NOT EXISTS {{database}}.{{table}} (
    type string,
    version string,
    time string,
    elb string,
    listener string,
    client_ip string,
    client_port string,
    destination_ip string,
    destination_port string,
    connection_time string,
    tls_handshake_time string,
    received_bytes string,
    sent_bytes string,
    incoming_tls_alert string,
    chosen_cert_arn string,
    chosen_cert_serial string,
    tls_cipher string,
    tls_protocol_version string,
    tls_keyexchange string,
    domain_name string,
    alpn_fe_protocol string,
    alpn_be_protocol string,
    alpn_client_preference_list string,
    tls_connection_creation_time string,
    tail string,
    unmatched string
)
PARTITIONED BY (day string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
    'input.regex' = '(?s)(?:(tls) ++([^ ]++) ++((?:[0-9]{4}-(?:02-[0-2][0-9]|(?:0[469]|11)-(?:[0-2][0-9]|30)|(?:0[13578]|1[02])-(?:[0-2][0-9]|3[01])))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:[.][0-9]{1,9})?Z?) ++([^ ]++) ++([^ ]++) ++(?:((?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:[.](?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+):([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|-) ++(?:((?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:[.](?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+):([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|-) ++(-?[0-9]{1,13}|-) ++(-?[0-9]{1,13}|-) ++([0-9]{1,20}|-) ++([0-9]{1,20}|-)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++(.*+))?)?)?)?)?)?)?)?)?)?)?)? *+|(.*+))'
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
