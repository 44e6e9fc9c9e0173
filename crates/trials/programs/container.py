"""What the trials do with a container: container.py URL VERB ARGUMENT..."""

import os
import pathlib
import sys

from azure.storage.blob import BlobServiceClient

url, verb, *rest = sys.argv[1:]
account = os.environ["AWS_ACCESS_KEY_ID"]
credential = {"account_name": account, "account_key": os.environ["AWS_SECRET_ACCESS_KEY"]}
service = BlobServiceClient(f"{url}/{account}", credential=credential, proxies={}, retry_total=1)
container = service.get_container_client(rest[0])

if verb == "bucket":
    container.create_container()
elif verb == "put":
    _, folder, key = rest
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            name = key + path.relative_to(folder).as_posix()
            container.upload_blob(name, path.read_bytes(), overwrite=True)
elif verb == "keys":
    for found in container.list_blobs(include=["uncommittedblobs"]):
        print(found.name if found.etag and found.size is not None else f"UPLOAD {found.name}")
elif verb == "get":
    _, key, path = rest
    pathlib.Path(path).write_bytes(container.download_blob(key).readall())
else:
    sys.exit(f"no such verb: {verb}")
