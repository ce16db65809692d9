-- title: VPC flow log, the default format and what versions 3 to 11 append in the order of AWS's table
-- Every column is the text of the log, without quotes. `tail` takes the fields that AWS has appended since; `unmatched` holds
-- the whole line where it is none of this log, and every other column is NULL then. Fields past the first ones may be missing.
-- A format of another order needs its columns here in that order. The header line is an unmatched one, and told apart.
CREATE EXTERNAL TABLE IF NOT EXISTS {{database}}.{{table}} (
    version string,
    account_id string,
    interface_id string,
    srcaddr string,
    dstaddr string,
    srcport string,
    dstport string,
    protocol string,
    packets string,
    bytes string,
    start_time string,
    end_time string,
    action string,
    log_status string,
    vpc_id string,
    subnet_id string,
    instance_id string,
    tcp_flags string,
    type string,
    pkt_srcaddr string,
    pkt_dstaddr string,
    region string,
    az_id string,
    sublocation_type string,
    sublocation_id string,
    pkt_src_aws_service string,
    pkt_dst_aws_service string,
    flow_direction string,
    traffic_path string,
    ecs_cluster_arn string,
    ecs_cluster_name string,
    ecs_container_instance_arn string,
    ecs_container_instance_id string,
    ecs_container_id string,
    ecs_second_container_id string,
    ecs_service_name string,
    ecs_task_definition_arn string,
    ecs_task_arn string,
    ecs_task_id string,
    reject_reason string,
    resource_id string,
    encryption_status string,
    instance_tag string,
    instance_tag_2 string,
    interface_tag string,
    interface_tag_2 string,
    asg_tag string,
    asg_tag_2 string,
    interface_type string,
    next_hop_interface_id string,
    next_hop_subnet_id string,
    next_hop_az_id string,
    next_hop_vpc_id string,
    next_hop_interface_type string,
    tail string,
    unmatched string
)
PARTITIONED BY (day string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
    'input.regex' = '(?s)(?:([0-9]{1,2}) ++([^ ]++) ++([^ ]++) ++((?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:[.](?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+|-) ++((?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:[.](?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+|-) ++([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]|-) ++([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]|-) ++(25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2}|-) ++([0-9]{1,20}|-) ++([0-9]{1,20}|-) ++([0-9]{1,9}|[0-8][0-9]{9}|-) ++([0-9]{1,9}|[0-8][0-9]{9}|-) ++([^ ]++) ++(OK|NODATA|SKIPDATA|-)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++([^ ]++)(?: ++(.*+))?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?)? *+|(.*+))'
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
