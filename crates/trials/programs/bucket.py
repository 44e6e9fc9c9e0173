"""What the trials do with a bucket: bucket.py URL VERB ARGUMENT..."""

import json
import os
import pathlib
import sys

import boto3
from botocore.config import Config

url, verb, *rest = sys.argv[1:]
credentials = {
    "aws_access_key_id": os.environ.get("AWS_ACCESS_KEY_ID") or "none",
    "aws_secret_access_key": os.environ.get("AWS_SECRET_ACCESS_KEY") or "none",
}


def client(service):
    config = Config(proxies={}, retries={"max_attempts": 1})
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", config=config, **credentials)


if verb == "user":
    iam = client("iam")
    iam.create_user(UserName="trial")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="trial", PolicyName="all", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="trial")["AccessKey"]
    print(key["AccessKeyId"], key["SecretAccessKey"])
elif verb == "bucket":
    client("s3").create_bucket(Bucket=rest[0])
elif verb == "put":
    s3, (bucket, folder, key) = client("s3"), rest
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            s3.put_object(Bucket=bucket, Key=key + path.relative_to(folder).as_posix(), Body=path.read_bytes())
elif verb == "keys":
    s3 = client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=rest[0]):
        for found in page.get("Contents", []):
            print(found["Key"])
    for upload in s3.list_multipart_uploads(Bucket=rest[0]).get("Uploads", []):
        print("UPLOAD", upload["Key"])
elif verb == "get":
    bucket, key, path = rest
    pathlib.Path(path).write_bytes(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
else:
    sys.exit(f"no such verb: {verb}")
