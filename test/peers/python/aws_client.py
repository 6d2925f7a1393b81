"""S3, DynamoDB, SQS, Secrets Manager and STS by boto3; prints each call and whether it succeeded."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"max_attempts": 1, "mode": "standard"})
ROLE = "arn:aws:iam::123456789012:role/writer"


def client(session, name):
    return session.client(name, region_name="us-east-1", config=CONFIG)


def call(api, operation, **params):
    error = None
    result = None
    try:
        result = getattr(api, operation)(**params)
    except ClientError as failure:
        error = failure.response["Error"]["Code"]
    name = api.meta.method_to_api_mapping[operation]
    print(json.dumps({"service": api.meta.service_model.service_name, "operation": name, "error": error}), flush=True)
    return result


def work(session, bucket, table):
    s3 = client(session, "s3")
    call(s3, "create_bucket", Bucket=bucket)
    call(s3, "put_object", Bucket=bucket, Key="2026/one.txt", Body=b"some text")
    call(s3, "get_object", Bucket=bucket, Key="2026/one.txt")["Body"].read()
    call(s3, "list_objects_v2", Bucket=bucket, Prefix="2026/")
    call(s3, "get_object", Bucket=bucket, Key="2026/none.txt")
    call(s3, "list_buckets")
    dynamo = client(session, "dynamodb")
    call(
        dynamo,
        "create_table",
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    call(dynamo, "put_item", TableName=table, Item={"id": {"S": "one"}, "note": {"S": "some text"}})
    call(dynamo, "get_item", TableName=table, Key={"id": {"S": "one"}})
    call(dynamo, "scan", TableName=table)
    call(dynamo, "get_item", TableName="none", Key={"id": {"S": "one"}})
    sqs = client(session, "sqs")
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"
    call(sqs, "create_queue", QueueName="jobs")
    call(sqs, "send_message", QueueUrl=url, MessageBody="some text")
    call(sqs, "receive_message", QueueUrl=url)


static = boto3.Session(aws_access_key_id="AKIALABSTATIC0000001", aws_secret_access_key="lab-secret")
sts = client(static, "sts")
call(sts, "get_caller_identity")
assumed = call(sts, "assume_role", RoleArn=ROLE, RoleSessionName="lab")["Credentials"]
work(
    boto3.Session(
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
    ),
    "reports",
    "notes",
)
